import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { cx } from '../../ui/cx.ts';
import { signIn } from './commands.ts';
import classes from './session-card.module.css';
import { SessionCard } from './session-card.tsx';

/** User and password. On success the session is asked for again and the console takes over. */
export function SignInPage() {
  const queries = useQueryClient();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const command = useMutation({
    mutationFn: signIn,
    onSuccess: () => queries.resetQueries({ queryKey: ['session'] }),
  });
  useEffect(() => {
    document.title = 'Sign in · Tila';
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    command.mutate({ user, password });
  };
  return (
    <SessionCard title="Sign in">
      <form onSubmit={submit} className={cx(classes.form)}>
        <TextInput
          label="User"
          autoComplete="username"
          required
          withAsterisk={false}
          autoFocus
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {command.error !== null && (
          <p role="alert" className={cx(classes.error)}>
            {command.error.message}
          </p>
        )}
        <Button type="submit" loading={command.isPending}>
          Sign in
        </Button>
      </form>
      <p>First start? Tila printed a one-time link where it was started.</p>
    </SessionCard>
  );
}
