import { Button } from '@mantine/core';
import { PasswordForm } from './password-form.tsx';
import { SessionCard } from './session-card.tsx';

export interface PasswordPageProps {
  readonly user: string;
  /** Given when it may be put off. */
  readonly onSkip?: () => void;
}

/** Asks someone who came by a one-time link for a password of their own. */
export function PasswordPage({ user, onSkip }: PasswordPageProps) {
  return (
    <SessionCard title="Choose a password">
      <p>You came in by a one-time link. Next time you need a password.</p>
      <PasswordForm user={user} needsCurrent={false} autoFocus>
        {onSkip !== undefined && (
          <Button variant="default" onClick={onSkip}>
            Not now
          </Button>
        )}
      </PasswordForm>
    </SessionCard>
  );
}
