import { Labels } from '../../model/labels.ts';
import { fakeAlert } from '../notified-alert.fake.ts';
import { type NotifiedAlert, toNotifiedAlert } from '../notified-alert.ts';
import type { Notification } from './notification.ts';
import type { LinkBuilder } from './template-renderer.ts';

export interface FakeAlertText {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly resolvedAt?: number;
  readonly peak?: number;
}

/** A notification of alerts that fired on 2026-11-22 at 14:02:10 UTC, made 5 m 20 s later. */
export function fakeNotification(alerts: readonly FakeAlertText[], more: Partial<Notification> = {}): Notification {
  return {
    id: '0b9bd0d4-2f5a-4d0b-9f3b-000000000000',
    receiver: 'teams',
    groupKey: '{}:{environment="prod"}',
    groupLabels: Labels.from({ environment: 'prod' }),
    routeLabels: {},
    status: alerts.some(({ resolvedAt }) => resolvedAt === undefined) ? 'firing' : 'resolved',
    reason: 'first notification',
    alerts: alerts.map(notified),
    createdAt: FIRED_AT + 320_000,
    repeatIntervalMs: 14_400_000,
    ...more,
  };
}

const FIRED_AT = Date.parse('2026-11-22T14:02:10Z');

function notified({ labels, annotations = {}, value = 2.4, resolvedAt, peak }: FakeAlertText): NotifiedAlert {
  const alert = fakeAlert(labels, { annotations, value, activeAt: FIRED_AT, firedAt: FIRED_AT, resolvedAt: resolvedAt ?? null });
  const made = toNotifiedAlert(alert, { previous: undefined, at: FIRED_AT, isFiring: resolvedAt === undefined });
  return { ...made, peakValue: peak ?? value };
}

export const fakeLinks: LinkBuilder = {
  externalUrl: 'https://tila.example',
  alertsUrl: (labels) => `https://tila.example/alerts?${new URLSearchParams(labels)}`,
  silenceUrl: (labels) => `https://tila.example/silences/new?${new URLSearchParams(labels)}`,
  incidentUrl: (fingerprint) => `https://tila.example/incidents/of/${encodeURIComponent(fingerprint)}`,
};
