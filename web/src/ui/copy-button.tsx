import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';

export interface CopyButtonProps {
  readonly label: string;
  readonly text: () => string;
}

/** Copies what `text` says at the time of the click. */
export function CopyButton({ label, text }: CopyButtonProps) {
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Button variant="default" size="xs" onClick={() => clipboard.copy(text())}>
      <span aria-live="polite">{clipboard.copied ? 'Copied' : label}</span>
    </Button>
  );
}
