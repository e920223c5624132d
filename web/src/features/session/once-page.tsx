import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link, useNavigate } from 'react-router';
import { cx } from '../../ui/cx.ts';
import { signInOnce } from './commands.ts';
import classes from './session-card.module.css';
import { SessionCard } from './session-card.tsx';

/** Takes the token out of the address bar before anything else can see it; '' when there is none. */
function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1));
  history.replaceState(history.state, '', location.pathname);
  return token;
}

/** Redeems the one-time link `/login/once#token`, exactly once. */
export function OncePage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const started = useRef(false);
  const command = useMutation({
    mutationFn: signInOnce,
    onSuccess: async () => {
      await queries.resetQueries({ queryKey: ['session'] });
      await navigate('/', { replace: true });
    },
  });
  const { mutate } = command;
  useEffect(() => {
    if (!started.current) {
      started.current = true;
      mutate(takeToken());
    }
  }, [mutate]);
  if (command.error === null) {
    return (
      <SessionCard title="Signing in…">
        <p role="status">Redeeming your one-time link.</p>
      </SessionCard>
    );
  }
  return (
    <SessionCard title="This link does not work">
      <p role="alert" className={cx(classes.error)}>
        {command.error.message}
      </p>
      <p>A one-time link works once and not for long. Restart Tila to have a new one printed, or sign in with your password.</p>
      <Button component={Link} to="/login" variant="default">
        Sign in with a password
      </Button>
    </SessionCard>
  );
}
