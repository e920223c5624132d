import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { cx } from '../../ui/cx.ts';
import { setPassword } from './commands.ts';
import classes from './session-card.module.css';

const MIN_LENGTH = 12;

export interface PasswordFormProps {
  /** For the browser's password store. */
  readonly user: string;
  /** Someone who has a password must give it to change it. */
  readonly needsCurrent: boolean;
  readonly autoFocus?: boolean;
  /** Further buttons beside the form's own. */
  readonly children?: ReactNode;
}

/** Sets a password; the session is asked for again when it is set. */
export function PasswordForm({ user, needsCurrent, autoFocus = false, children }: PasswordFormProps) {
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [password, setText] = useState('');
  const command = useMutation({
    mutationFn: setPassword,
    onSuccess: async () => {
      setCurrent('');
      setText('');
      await queries.invalidateQueries({ queryKey: ['session'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    command.mutate(needsCurrent ? { password, current } : { password });
  };
  return (
    <form onSubmit={submit} className={cx(classes.form)}>
      <input type="text" name="username" autoComplete="username" value={user} readOnly hidden />
      {needsCurrent && (
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
      )}
      <PasswordInput
        label="New password"
        description={`At least ${MIN_LENGTH} characters`}
        autoComplete="new-password"
        minLength={MIN_LENGTH}
        required
        withAsterisk={false}
        autoFocus={autoFocus}
        value={password}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {command.error !== null && (
        <p role="alert" className={cx(classes.error)}>
          {command.error.message}
        </p>
      )}
      <Button type="submit" loading={command.isPending}>
        {needsCurrent ? 'Change password' : 'Set password'}
      </Button>
      {children}
      {command.isSuccess && <p role="status">The password is set.</p>}
    </form>
  );
}
