export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

/** What every key does, for the overlay and the settings. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['?'], does: 'Show this list' },
  { keys: ['/'], does: 'Search in this view' },
  { keys: ['g', 'o'], does: 'Go to the overview' },
  { keys: ['g', 'a'], does: 'Go to alerts' },
  { keys: ['g', 'i'], does: 'Go to incidents' },
  { keys: ['g', 's'], does: 'Go to sources' },
  { keys: ['g', 'r'], does: 'Go to rules' },
  { keys: ['g', 'l'], does: 'Go to silences' },
  { keys: ['z'], does: 'Switch between UTC and local time' },
  { keys: ['p'], does: 'Pause or play the panels of a service' },
  { keys: ['Esc'], does: 'Close what is open' },
];
