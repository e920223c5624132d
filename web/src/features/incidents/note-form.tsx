import { Button, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { PostableNote } from '@tila/contract/incidents.ts';
import { type FormEvent, useState } from 'react';
import { useNow } from '../../time/now.tsx';
import { resolveTime } from '../../time/range-expression.ts';
import { useZone } from '../../time/zone.tsx';
import { cx } from '../../ui/cx.ts';
import classes from './note-form.module.css';
import { addNote } from './queries.ts';

const KINDS = [
  { value: 'human.note', label: 'Note' },
  { value: 'human.decision', label: 'Decision' },
  { value: 'human.action', label: 'Action' },
] as const;

export interface NoteFormProps {
  readonly incidentId: string;
  readonly onAdded: () => void;
}

/** What people saw, decided and did, with when it happened. */
export function NoteForm({ incidentId, onAdded }: NoteFormProps) {
  const now = useNow();
  const { zone } = useZone();
  const [kind, setKind] = useState<PostableNote['kind']>('human.note');
  const [text, setText] = useState('');
  const [when, setWhen] = useState('');
  const at = when.trim() === '' ? null : resolveTime(when, { now, zone, edge: 'from' });
  const unreadable = when.trim() !== '' && at === null;
  const command = useMutation({
    mutationFn: (note: PostableNote) => addNote(incidentId, note),
    onSuccess: () => {
      setText('');
      setWhen('');
      onAdded();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!unreadable) {
      command.mutate({ kind, text, ...(at === null ? {} : { occurredAt: at }) });
    }
  };
  return (
    <form onSubmit={submit} className={cx(classes.form)} aria-label="Add to the timeline">
      <SegmentedControl
        size="xs"
        aria-label="Kind of entry"
        value={kind}
        onChange={(value) => setKind(KINDS.find((one) => one.value === value)?.value ?? 'human.note')}
        data={[...KINDS]}
      />
      <Textarea
        aria-label="What happened"
        placeholder="What did you see, decide or do?"
        autosize
        minRows={2}
        required
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={cx(classes.row)}>
        <TextInput
          size="xs"
          aria-label="When it happened"
          placeholder="now, 14:05, now-10m"
          value={when}
          error={unreadable ? 'Try 14:05 or now-10m' : null}
          onChange={(event) => setWhen(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" loading={command.isPending}>
          Add
        </Button>
      </div>
      {command.error !== null && <p role="alert">{command.error.message}</p>}
    </form>
  );
}
