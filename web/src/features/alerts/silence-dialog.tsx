import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SilenceMatcher } from '@tila/contract/silences.ts';
import { type FormEvent, useMemo, useState } from 'react';
import { cx } from '../../ui/cx.ts';
import { formatMatcher, parseMatchers } from './alert-groups.ts';
import { createSilence, silencePreview } from './queries.ts';
import classes from './silence-dialog.module.css';

const WIDE = 20;
const LENGTHS = [
  { label: '30 min', ms: 1_800_000 },
  { label: '2 h', ms: 7_200_000 },
  { label: '8 h', ms: 28_800_000 },
  { label: '1 d', ms: 86_400_000 },
  { label: '7 d', ms: 604_800_000 },
];

export interface SilenceDialogProps {
  readonly matchers: readonly SilenceMatcher[];
  readonly onClose: () => void;
}

function useDraft(initial: readonly SilenceMatcher[]) {
  const [text, setText] = useState(() => initial.map(formatMatcher).join('\n'));
  const [settled] = useDebouncedValue(text, 300);
  const parsed = useMemo(() => parseMatchers(settled), [settled]);
  const preview = useQuery(silencePreview(parsed ?? []));
  return { text, setText, current: text === settled ? parsed : null, preview };
}

/** Matchers, a length and a reason; shows whom it quiets before it is made, and asks twice for more than twenty. */
export function SilenceDialog({ matchers, onClose }: SilenceDialogProps) {
  const queries = useQueryClient();
  const draft = useDraft(matchers);
  const [lengthMs, setLengthMs] = useState(7_200_000);
  const [comment, setComment] = useState('');
  const [typed, setTyped] = useState('');
  const matched = draft.preview.data ?? [];
  const needsTyping = matched.length > WIDE;
  const command = useMutation({
    mutationFn: createSilence,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['silences'] });
      onClose();
    },
  });
  const ready = draft.current !== null && draft.preview.isSuccess && (!needsTyping || typed === String(matched.length));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && draft.current !== null) {
      const now = Date.now();
      const [startsAt, endsAt] = [new Date(now).toISOString(), new Date(now + lengthMs).toISOString()];
      command.mutate({ matchers: draft.current, startsAt, endsAt, comment });
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title="Silence alerts"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
      attributes={{ header: { role: 'presentation' } }}
    >
      <form onSubmit={submit} className={cx(classes.form)}>
        <Textarea
          label="Matchers"
          description='One a line, all must match: service="payments", environment=~"dev|stage"'
          autosize
          minRows={2}
          value={draft.text}
          onChange={(event) => draft.setText(event.currentTarget.value)}
          error={
            draft.preview.error?.message ??
            (parseMatchers(draft.text) === null ? 'Every line needs a label, an operator and a value' : null)
          }
          classNames={{ input: cx(classes.mono) }}
        />
        <fieldset className={cx(classes.lengths)}>
          <legend>For</legend>
          {LENGTHS.map(({ label, ms }) => (
            <Button
              key={label}
              size="compact-sm"
              variant={ms === lengthMs ? 'filled' : 'default'}
              aria-pressed={ms === lengthMs}
              onClick={() => setLengthMs(ms)}
            >
              {label}
            </Button>
          ))}
        </fieldset>
        <TextInput
          label="Why"
          data-autofocus
          placeholder="Planned database upgrade"
          required
          withAsterisk={false}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <section aria-label="Alerts this silence matches" className={cx(classes.preview)}>
          <strong aria-live="polite">
            {draft.preview.isSuccess
              ? `Quiets ${matched.length} ${matched.length === 1 ? 'alert' : 'alerts'} now`
              : 'Which alerts does it match?'}
          </strong>
          <ul>
            {matched.slice(0, WIDE).map(({ fingerprint, name, labels }) => (
              <li key={fingerprint}>
                {name} {[labels.service, labels.environment].filter(Boolean).join(' · ')}
              </li>
            ))}
          </ul>
        </section>
        {needsTyping && (
          <TextInput
            label={`This is wide. Type ${matched.length} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {command.error !== null && <p role="alert">{command.error.message}</p>}
        <Button type="submit" disabled={!ready} loading={command.isPending}>
          Create silence
        </Button>
      </form>
    </Modal>
  );
}
