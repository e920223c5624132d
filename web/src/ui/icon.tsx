import { cx } from './cx.ts';
import classes from './icon.module.css';

const PATHS = {
  overview: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  alerts: 'M8 1.8a4 4 0 0 0-4 4v2.7L2.7 11h10.6L12 8.5V5.8a4 4 0 0 0-4-4zM6.5 13.2a1.6 1.6 0 0 0 3 0',
  incidents: 'M4 14V2M4 3c3-1.5 5 1.5 8.5 0v6C9 10.500 7 7.500 4 9',
  sources:
    'M2.500 4c0-1 2.500-1.700 5.500-1.700s5.500.7 5.500 1.700-2.500 1.700-5.500 1.700S2.500 5 2.500 4zM2.500 4v8c0 1 2.500 1.700 5.500 1.700s5.500-.7 5.500-1.700V4M2.500 8c0 1 2.500 1.700 5.500 1.700s5.500-.7 5.500-1.700',
  silences:
    'M6.500 4.200A3.300 3.300 0 0 1 12 6v2.500L13.300 11M10.500 11H2.700L4 8.500V6M2 2l12 12M6.500 13.200a1.600 1.600 0 0 0 3 0',
  rules: 'M2.500 4l1.200 1.200L6 2.800M2.500 11l1.200 1.200L6 9.800M8.500 4.200h5M8.500 11.200h5',
  settings: 'M2.500 4.500h6M11.500 4.500h2M10 3v3M2.500 11.500h2M7.500 11.500h6M6 10v3',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.300 10.300 14 14',
  play: 'M4.500 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
  arrow: 'M6 3.500 10.500 8 6 12.500',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
} as const;

export type IconName = keyof typeof PATHS;

export interface IconProps {
  readonly name: IconName;
}

/** A line icon beside a word; never the only carrier of meaning. */
export function Icon({ name }: IconProps) {
  return (
    <svg className={cx(classes.icon)} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
