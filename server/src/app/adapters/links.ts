import type { LinkBuilder } from '../../notify/receivers/template-renderer.ts';

type LabelTexts = Readonly<Record<string, string>>;

/** Links into the page, for cards and mails. Opening one never changes anything. */
export function consoleLinks(
  externalUrl: string,
  incidentOf: (fingerprint: string) => { readonly id: string } | undefined,
): LinkBuilder {
  const base = externalUrl.replace(/\/+$/, '');
  return {
    externalUrl: base,
    alertsUrl: (labels) => `${base}/alerts?${alertFilter(labels)}`,
    silenceUrl: (labels) => `${base}/alerts?${alertFilter(labels)}&silence=1`,
    incidentUrl: (fingerprint) => {
      const incident = incidentOf(fingerprint);
      return incident === undefined ? undefined : `${base}/incidents/${encodeURIComponent(incident.id)}`;
    },
  };
}

/** The alert list's filter: the environment by itself, names that tell alerts apart as words. */
function alertFilter(labels: LabelTexts): string {
  const words = [labels.alertname, labels.service].filter((word) => word !== undefined && word !== '').join(' ');
  const filter = new URLSearchParams();
  if (labels.environment !== undefined) {
    filter.set('environment', labels.environment);
  }
  filter.set('text', words);
  return filter.toString();
}
