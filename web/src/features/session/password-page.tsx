import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { cx } from '../../ui/cx.ts';
import { setPassword } from './commands.ts';
import classes from './session-card.module.css';
import { SessionCard } from './session-card.tsx';

const MIN_LENGTH = 12;

export interface PasswordPageProps {
  /** Given when it may be put off. */
  readonly onSkip?: () => void;
}

/** Asks someone who came by a one-time link for a password of their own. */
export function PasswordPage({ onSkip }: PasswordPageProps) {
  const queries = useQueryClient();
  const [password, setText] = useState('');
  const command = useMutation({
    mutationFn: setPassword,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['session'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    command.mutate({ password });
  };
  return (
    <SessionCard title="Choose a password">
      <p>You came in by a one-time link. Next time you need a password.</p>
      <form onSubmit={submit}>
        <PasswordInput
          label="New password"
          description={`At least ${MIN_LENGTH} characters`}
          autoComplete="new-password"
          minLength={MIN_LENGTH}
          required
          withAsterisk={false}
          autoFocus
          value={password}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {command.error !== null && (
          <p role="alert" className={cx(classes.error)}>
            {command.error.message}
          </p>
        )}
        <Button type="submit" loading={command.isPending}>
          Set password
        </Button>
        {onSkip !== undefined && (
          <Button variant="default" onClick={onSkip}>
            Not now
          </Button>
        )}
      </form>
    </SessionCard>
  );
}
