import { Button, Popover, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { cx } from '../ui/cx.ts';
import { useNow } from './now.tsx';
import { parseTypedRange, RANGE_PRESETS, type RangeText, resolveRange } from './range.ts';
import classes from './range-picker.module.css';
import { useZone, type ZoneChoice } from './zone.tsx';

export interface RangePickerProps {
  readonly range: RangeText;
  readonly onChange: (range: RangeText) => void;
}

/** "Last 1h" or the two instants, with the zone. */
function describeRange(range: RangeText, now: number, zone: ZoneChoice): string {
  const last = /^now-(\d+[smhdwMy])$/.exec(range.from);
  if (last !== null && range.to === 'now') {
    return `Last ${last[1]}`;
  }
  const resolved = resolveRange(range, now, zone.zone);
  if (resolved === null) {
    return 'Unreadable range';
  }
  return `${zone.brief(resolved.from, now)} – ${range.to === 'now' ? 'now' : zone.brief(resolved.to, now)}`;
}

/** Presets and a text field for the time range. */
export function RangePicker({ range, onChange }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string | null>(null);
  const zone = useZone();
  const now = useNow();
  const choose = (next: RangeText) => {
    onChange(next);
    setOpen(false);
    setTyped('');
    setError(null);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseTypedRange(typed, now, zone.zone);
    if (parsed === null) {
      setError('Try 13h, now-1h, since 14:00, or 2026-11-22 10:00 to 2026-11-22 12:00');
      return;
    }
    choose(parsed);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus width={320}>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          onClick={() => setOpen(!open)}
          aria-label={`Time range: ${describeRange(range, now, zone)}`}
        >
          {describeRange(range, now, zone)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose a time range">
        <form onSubmit={submit} className={cx(classes.form)}>
          <TextInput
            label="Time range"
            size="xs"
            placeholder="13h, since 14:00, now-2d/d to now/d"
            value={typed}
            error={error}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
          />
          <Button size="xs" type="submit">
            Apply
          </Button>
        </form>
        <div className={cx(classes.presets)}>
          {RANGE_PRESETS.map((preset) => (
            <Button
              key={preset.label}
              size="compact-xs"
              variant={preset.range.from === range.from && range.to === 'now' ? 'filled' : 'default'}
              aria-label={`Last ${preset.label}`}
              onClick={() => choose(preset.range)}
            >
              {preset.label}
            </Button>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
