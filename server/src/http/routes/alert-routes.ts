import { AlertState } from '@tila/contract/alerts.ts';
import { toAlertView } from '../../overview/alert-view.ts';
import type { HttpDeps } from '../deps.ts';
import { pathText, queryLimit, queryText, type Route } from '../route.ts';

export type AlertRouteDeps = Pick<HttpDeps, 'alerts' | 'alertStatus' | 'alertHistory' | 'rules'>;

/** Alerts with their standing, filtered by `environment`, `cluster`, `service` and `state`; and the rules they come from. */
export function alertRoutes(deps: AlertRouteDeps): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/api/alerts',
      access: 'viewer',
      answer: ({ request }) => {
        const state = AlertState.optional().parse(queryText(request, 'state'));
        const wanted = ['environment', 'cluster', 'service'].map((name) => [name, queryText(request, name)] as const);
        return deps.alerts
          .current()
          .filter((alert) => state === undefined || alert.state === state)
          .filter((alert) => wanted.every(([name, value]) => value === undefined || alert.labels.get(name) === value))
          .map((alert) => toAlertView(alert, deps.alertStatus.statusOf(alert.fingerprint)));
      },
    },
    {
      method: 'get',
      path: '/api/alerts/:fingerprint/history',
      access: 'viewer',
      answer: ({ request }) => deps.alertHistory.historyOf(pathText(request, 'fingerprint'), queryLimit(request, 100, 1000)),
    },
    { method: 'get', path: '/api/rules', access: 'viewer', answer: () => deps.rules.groups() },
  ];
}
