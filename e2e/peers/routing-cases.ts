/** A route tree to try, as the `route:` section of an Alertmanager file. */
export interface RoutingCase {
  readonly why: string;
  readonly route: string;
}

export const ROUTING_CASES: readonly RoutingCase[] = [
  {
    why: 'the deepest route that matches wins, continue goes on to the next sibling',
    route: `route:
  receiver: everyone
  routes:
    - matchers: [environment="prod"]
      receiver: production
      continue: true
      routes:
        - matchers: [severity="critical"]
          receiver: pager
          continue: true
        - matchers: [service="payments"]
          receiver: payments
        - matchers: [service="checkout"]
          receiver: checkout
    - matchers: [severity=~"critical|warning"]
      receiver: operations
    - receiver: rest
`,
  },
  {
    why: 'a label that is absent equals the empty text',
    route: `route:
  receiver: everyone
  routes:
    - matchers: [service=""]
      receiver: no-service
      continue: true
    - matchers: [team!=""]
      receiver: has-team
      continue: true
    - matchers: [environment=~"|dev"]
      receiver: none-or-dev
      continue: true
    - matchers: [severity!~".+"]
      receiver: no-severity
`,
  },
  {
    why: 'expressions are anchored, know classes and flags',
    route: `route:
  receiver: everyone
  routes:
    - matchers: [environment=~"pro"]
      receiver: prefix
    - matchers: [environment=~"pro.*"]
      receiver: starts-with-pro
      continue: true
    - matchers: ['environment=~"(?i)PROD"']
      receiver: any-case
      continue: true
    - matchers: ['service=~"[[:alpha:]]+-\\\\d{2}"']
      receiver: numbered
      continue: true
    - matchers: ['team=~"(?s)two.lines"']
      receiver: over-lines
      continue: true
    - matchers: ['team=~"two.lines"']
      receiver: on-one-line
      continue: true
    - matchers: ['team=~"^gold$|\\\\p{Lu}.*"']
      receiver: gold-or-capital
`,
  },
  {
    why: 'the old match and match_re beside matchers, all of which must hold',
    route: `route:
  receiver: everyone
  routes:
    - match: { environment: prod }
      match_re: { service: pay.* }
      receiver: old-style
    - match_re: { severity: 'warning|info' }
      matchers: [environment!="prod"]
      receiver: mixed
      routes:
        - match: { team: gold }
          receiver: gold
`,
  },
  {
    why: 'quotes, escapes, commas and text beyond ASCII in matchers',
    route: `route:
  receiver: everyone
  routes:
    - matchers: ['team="a \\"quoted\\" name"']
      receiver: quoted
    - matchers: ['{team="comma, inside", environment!="dev"}']
      receiver: comma
    - matchers: [team = größe ]
      receiver: plain-unicode
    - matchers: ['team="two\\nlines"']
      receiver: line-break
    - matchers: ['team=~"back\\\\\\\\slash"']
      receiver: backslash
`,
  },
];

export type LabelSet = Readonly<Record<string, string>>;

const ENVIRONMENTS = ['prod', 'preprod', 'stage', 'dev', undefined];
const SEVERITIES = ['critical', 'warning', 'info', undefined];
const SERVICES = ['payments', 'checkout', undefined];
const TEAMS = ['gold', undefined];
const ODD: readonly LabelSet[] = [
  { environment: 'production' },
  { environment: 'PROD', severity: 'critical' },
  { environment: 'pro' },
  { service: 'worker-07', environment: 'prod' },
  { service: 'worker-7' },
  { service: 'paymentsx', environment: 'prod' },
  { team: 'two\nlines' },
  { team: 'two lines' },
  { team: 'a "quoted" name' },
  { team: 'comma, inside', environment: 'prod' },
  { team: 'comma, inside', environment: 'dev' },
  { team: 'größe' },
  { team: 'Größe' },
  { team: 'Émile' },
  { team: 'back\\slash' },
  { team: ' gold' },
];

/** Alerts to route: every combination of a few labels, then odd values. All different. */
export const ALERTS: readonly LabelSet[] = [
  ...ENVIRONMENTS.flatMap((environment) =>
    SEVERITIES.flatMap((severity) =>
      SERVICES.flatMap((service) => TEAMS.map((team) => present({ environment, severity, service, team }))),
    ),
  ),
  ...ODD,
].map((labels, index) =>
  index % 7 === 3 ? { alertname: 'SourceStale', source: 'nodes', ...labels } : { alertname: 'Tried', ...labels },
);

function present(labels: Readonly<Record<string, string | undefined>>): LabelSet {
  return Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
