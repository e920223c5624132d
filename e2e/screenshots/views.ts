import type { Page } from 'playwright-core';

/** A view to look at: where it is and what tells that it has loaded. */
export interface View {
  readonly name: string;
  readonly path: (found: FoundIds) => string;
  readonly ready: (page: Page) => Promise<unknown>;
}

/** Things of the running estate that addresses need. */
export interface FoundIds {
  readonly incident: string;
}

const heading = (name: RegExp) => (page: Page) => page.getByRole('heading', { level: 1, name }).waitFor();

export const VIEWS: readonly View[] = [
  {
    name: 'overview',
    path: () => '/',
    ready: (page) =>
      page
        .getByRole('link', { name: /^payments prod / })
        .first()
        .waitFor(),
  },
  {
    name: 'service',
    path: () => '/service/prod/core/payments',
    ready: (page) =>
      page
        .getByRole('img', { name: /^Requests/ })
        .first()
        .waitFor(),
  },
  { name: 'database', path: () => '/service/prod/data/payments-db', ready: heading(/payments-db/) },
  { name: 'alerts', path: () => '/alerts', ready: heading(/Alerts/) },
  { name: 'incidents', path: () => '/incidents', ready: heading(/Incidents/) },
  {
    name: 'incident',
    path: ({ incident }) => `/incidents/${incident}`,
    ready: (page) => page.getByRole('list', { name: 'Timeline' }).waitFor(),
  },
  {
    name: 'sources',
    path: () => '/sources',
    ready: (page) =>
      page
        .getByRole('region', { name: /^prod / })
        .first()
        .waitFor(),
  },
  { name: 'rules', path: () => '/rules', ready: heading(/Rules/) },
  { name: 'silences', path: () => '/silences', ready: heading(/Silences/) },
  { name: 'settings', path: () => '/settings', ready: heading(/Settings/) },
];

export const THEMES = ['dark', 'light'] as const;
export const SIZES = [
  { name: 'wide', width: 1440, height: 900 },
  { name: 'phone', width: 390, height: 844 },
] as const;
