import { cx } from '../../ui/cx.ts';
import { SearchField } from '../../ui/search-field.tsx';
import type { AlertFilter } from './alert-groups.ts';
import classes from './filter-bar.module.css';

export interface FilterBarProps {
  readonly filter: AlertFilter;
  readonly environments: readonly string[];
  readonly onChange: (name: keyof AlertFilter, value: string) => void;
}

/** Search and three selects; everything is in the URL. */
export function FilterBar({ filter, environments, onChange }: FilterBarProps) {
  return (
    <>
      <Choice
        label="State"
        value={filter.state}
        options={['firing', 'pending', 'resolved']}
        onChange={(value) => onChange('state', value)}
      />
      <Choice
        label="Severity"
        value={filter.severity}
        options={['critical', 'warning', 'info']}
        onChange={(value) => onChange('severity', value)}
      />
      <Choice
        label="Environment"
        value={filter.environment}
        options={environments}
        onChange={(value) => onChange('environment', value)}
      />
      <SearchField label="Search alerts" value={filter.text} onChange={(value) => onChange('text', value)} />
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      className={cx(classes.select)}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">{label}: all</option>
      {options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  );
}
