import type { LabelSet } from '@tila/contract/labels.ts';
import { useState } from 'react';
import { cx } from './cx.ts';
import classes from './labels.module.css';

export interface LabelsProps {
  readonly labels: LabelSet;
  /** Names shown elsewhere already. */
  readonly without?: readonly string[];
  /** How many to show before folding. */
  readonly limit?: number;
}

/** Labels as name=value, folded beyond a few. */
export function Labels({ labels, without = [], limit = 4 }: LabelsProps) {
  const [open, setOpen] = useState(false);
  const all = Object.entries(labels).filter(([name]) => !without.includes(name));
  const shown = open ? all : all.slice(0, limit);
  const hidden = all.length - shown.length;
  return (
    <span className={cx(classes.labels)}>
      {shown.map(([name, value]) => (
        <span key={name} className={cx(classes.label)}>
          <span className={cx(classes.name)}>{name}=</span>
          {value}
        </span>
      ))}
      {(hidden > 0 || open) && all.length > limit && (
        <button type="button" className={cx(classes.more)} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'fewer labels' : `${hidden} more labels`}
        </button>
      )}
    </span>
  );
}
