/** A problem with a place in the document. */
export interface ConfigIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Path = readonly (string | number)[];

/**
 * Checks that reach over several parts of the file. Works on the raw document, so that a mistake elsewhere hides none of
 * these. Messages are Alertmanager's.
 */
export function checkRoutingConfig(raw: unknown): readonly ConfigIssue[] {
  const root = recordOf(raw);
  const receivers = namesOf(root.receivers);
  const intervals = new Set([...namesOf(root.time_intervals), ...namesOf(root.mute_time_intervals)]);
  return [
    ...checkReceivers(listOf(root.receivers)),
    ...checkIntervals(root),
    ...checkRoot(root.route),
    ...checkRoute(root.route, { path: ['route'], receivers: new Set(receivers), intervals }),
  ];
}

/** Keys of receivers' `http_config` that Tila accepts without effect yet, each with its path. */
export function ignoredHttpKeys(raw: unknown): readonly string[] {
  return listOf(recordOf(raw).receivers).flatMap((receiver, index) =>
    Object.entries(recordOf(receiver)).flatMap(([kind, entries]) =>
      listOf(entries).flatMap((entry, position) =>
        Object.keys(recordOf(recordOf(entry).http_config))
          .filter((key) => !(kind === 'webhook_configs' ? HONOURED_BY_WEBHOOK : HONOURED).has(key))
          .map((key) => `receivers[${index}].${kind}[${position}].http_config.${key}`),
      ),
    ),
  );
}

const HONOURED: ReadonlySet<string> = new Set(['enable_http2']);
const HONOURED_BY_WEBHOOK: ReadonlySet<string> = new Set([...HONOURED, 'basic_auth', 'authorization', 'http_headers']);

function checkReceivers(receivers: readonly unknown[]): readonly ConfigIssue[] {
  const seen = new Set<string>();
  return receivers.flatMap((receiver, index): readonly ConfigIssue[] => {
    const { name, labels } = recordOf(receiver);
    const path = ['receivers', index, 'name'];
    if (name === undefined || name === null || name === '') {
      return [{ path, message: 'missing name in receiver' }];
    }
    const isDuplicate = seen.has(String(name));
    seen.add(String(name));
    const label = recordOf(labels).name;
    return [
      ...(isDuplicate ? [{ path, message: `notification config name "${name}" is not unique` }] : []),
      ...(label !== undefined && String(label) !== String(name)
        ? [
            {
              path: ['receivers', index, 'labels', 'name'],
              message: `receiver label "name" must match receiver name "${name}", got "${label}"`,
            },
          ]
        : []),
    ];
  });
}

function checkIntervals(root: Readonly<Record<string, unknown>>): readonly ConfigIssue[] {
  const seen = new Set<string>();
  return (['mute_time_intervals', 'time_intervals'] as const).flatMap((key) => {
    const noun = key === 'time_intervals' ? 'time interval' : 'mute time interval';
    return listOf(root[key]).flatMap((interval, index): readonly ConfigIssue[] => {
      const { name } = recordOf(interval);
      const path = [key, index, 'name'];
      if (name === undefined || name === null || name === '') {
        return [{ path, message: `missing name in ${noun}` }];
      }
      const isDuplicate = seen.has(String(name));
      seen.add(String(name));
      return isDuplicate ? [{ path, message: `${noun} "${name}" is not unique` }] : [];
    });
  });
}

function checkRoot(route: unknown): readonly ConfigIssue[] {
  if (route === undefined || route === null) {
    return [{ path: [], message: 'no routes provided' }];
  }
  const root = recordOf(route);
  const has = (key: string) => listOf(root[key]).length > 0 || Object.keys(recordOf(root[key])).length > 0;
  const issues: readonly (ConfigIssue & { readonly wrong: boolean })[] = [
    {
      wrong: root.receiver === undefined || root.receiver === null || root.receiver === '',
      path: ['route'],
      message: 'root route must specify a default receiver',
    },
    {
      wrong: ['matchers', 'match', 'match_re'].some(has),
      path: ['route', 'matchers'],
      message: 'root route must not have any matchers',
    },
    { wrong: root.continue === true, path: ['route', 'continue'], message: 'cannot have continue in root route' },
    {
      wrong: has('mute_time_intervals'),
      path: ['route', 'mute_time_intervals'],
      message: 'root route must not have any mute time intervals',
    },
    {
      wrong: has('active_time_intervals'),
      path: ['route', 'active_time_intervals'],
      message: 'root route must not have any active time intervals',
    },
  ];
  return issues.filter(({ wrong }) => wrong).map(({ path, message }) => ({ path, message }));
}

interface RouteScope {
  readonly path: Path;
  readonly receivers: ReadonlySet<string>;
  readonly intervals: ReadonlySet<string>;
}

function checkRoute(route: unknown, scope: RouteScope): readonly ConfigIssue[] {
  const node = recordOf(route);
  const { receiver } = node;
  const isUndefined = receiver !== undefined && receiver !== null && receiver !== '' && !scope.receivers.has(String(receiver));
  return [
    ...(isUndefined ? [{ path: [...scope.path, 'receiver'], message: `undefined receiver "${receiver}" used in route` }] : []),
    ...checkRouteIntervals(node, scope),
    ...checkGroupBy(node.group_by, [...scope.path, 'group_by']),
    ...checkRouteLabels(node.labels, [...scope.path, 'labels']),
    ...checkPositive(node, scope.path),
    ...listOf(node.routes).flatMap((child, index) => checkRoute(child, { ...scope, path: [...scope.path, 'routes', index] })),
  ];
}

function checkRouteIntervals(node: Readonly<Record<string, unknown>>, scope: RouteScope): readonly ConfigIssue[] {
  return ['mute_time_intervals', 'active_time_intervals'].flatMap((key) =>
    listOf(node[key]).flatMap((name, index) =>
      scope.intervals.has(String(name))
        ? []
        : [{ path: [...scope.path, key, index], message: `undefined time interval "${name}" used in route` }],
    ),
  );
}

function checkGroupBy(groupBy: unknown, path: Path): readonly ConfigIssue[] {
  const names = listOf(groupBy).map(String);
  const issues = names.flatMap((name, index): readonly ConfigIssue[] => {
    if (name !== '...' && !isLabelName(name)) {
      return [{ path: [...path, index], message: `invalid label name "${name}" in group_by list` }];
    }
    return names.indexOf(name) < index ? [{ path: [...path, index], message: `duplicated label "${name}" in group_by` }] : [];
  });
  return names.length > 1 && names.includes('...')
    ? [...issues, { path, message: 'cannot have wildcard group_by (`...`) and other labels at the same time' }]
    : issues;
}

function checkRouteLabels(labels: unknown, path: Path): readonly ConfigIssue[] {
  return Object.keys(recordOf(labels))
    .filter((name) => !isLabelName(name))
    .map((name) => ({ path: [...path, name], message: `invalid label name "${name}" in route labels` }));
}

function checkPositive(node: Readonly<Record<string, unknown>>, path: Path): readonly ConfigIssue[] {
  return ['group_interval', 'repeat_interval']
    .filter((key) => /^(0|(0+(ms|[smhdwy]))+)$/.test(String(node[key] ?? '')))
    .map((key) => ({ path: [...path, key], message: `${key} cannot be zero` }));
}

/** UTF-8 names are let in, but a name that starts or ends with punctuation is a typing mistake in every file seen so far. */
function isLabelName(name: string): boolean {
  return /^[\p{L}\p{N}_]([^\n]*[\p{L}\p{N}_])?$/u.test(name);
}

function namesOf(list: unknown): readonly string[] {
  return listOf(list).map((entry) => String(recordOf(entry).name ?? ''));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}
