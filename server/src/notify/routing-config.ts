import { z } from 'zod';
import { type ParsedFile, parseYamlFile } from '../runtime/yaml-file.ts';
import { type InhibitRule, InhibitRuleSpec } from './inhibition/inhibit-rule-spec.ts';
import type { TimeIntervals } from './mute-timings/mute-timings.ts';
import { TimeIntervalSpec } from './mute-timings/time-interval-spec.ts';
import { type SmtpGlobals, smtpGlobals } from './receivers/email/email-spec.ts';
import { httpConfigSpec } from './receivers/http-receiver-specs.ts';
import type { ReceiverConfig } from './receivers/receiver-config.ts';
import { receiverSpec } from './receivers/receiver-spec.ts';
import { checkRoutingConfig, ignoredHttpKeys } from './routing/config-checks.ts';
import { Duration, type EnvLookup, Text } from './routing/config-fields.ts';
import { type RouteConfig, RouteSpec } from './routing/route-spec.ts';
import { buildRouteTree, type Route } from './routing/route-tree.ts';

/** A checked Alertmanager configuration, ready for the pipeline. */
export interface RoutingConfig {
  readonly route: Route;
  readonly receivers: ReadonlyMap<string, ReceiverConfig>;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: TimeIntervals;
  /** Globs of Go template files, as written; whoever builds the renderer loads them. */
  readonly templates: readonly string[];
  /** Things that are accepted but have no effect in Tila; worth a log line each. */
  readonly warnings: readonly string[];
}

export interface RoutingConfigSource {
  readonly file: string;
  /** Resolves `${NAME}` in URLs, addresses and credentials. */
  readonly env: EnvLookup;
}

/**
 * Reads an Alertmanager configuration file strictly: unknown keys, unknown receivers, bad matchers and the rest are all
 * reported at once, each with its line. Nothing is read from the environment but through `source.env`.
 */
export function parseRoutingConfig(text: string, source: RoutingConfigSource): ParsedFile<RoutingConfig> {
  return parseYamlFile(text, source.file, routingConfigSpec(source.env));
}

function routingConfigSpec(env: EnvLookup) {
  return z.unknown().transform((raw, context): RoutingConfig => {
    const globals = smtpGlobalsOf(raw, env);
    const parsed = fileSpec(env, globals).safeParse(raw);
    for (const issue of [...(parsed.error?.issues ?? []), ...checkRoutingConfig(raw)]) {
      context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
    }
    return parsed.success && parsed.data.route ? assemble(parsed.data, { route: parsed.data.route, raw }) : z.NEVER;
  });
}

/** Global keys for receivers Tila has not got; accepted, since they do nothing without such a receiver. */
const FOREIGN_GLOBALS =
  /^(slack|pagerduty|opsgenie|wechat|victorops|telegram|webex|rocketchat|jira|mattermost|discord|pushover|incidentio|sns)_/;

function globalSpec(env: EnvLookup) {
  return z
    .looseObject({
      ...smtpGlobals(env),
      resolve_timeout: Duration.optional(),
      http_config: httpConfigSpec(env).optional(),
      smtp_auth_secret: z.unknown().optional(),
      smtp_auth_secret_file: z.unknown().optional(),
      smtp_auth_identity: z.unknown().optional(),
      smtp_tls_config: z.unknown().optional(),
    })
    .superRefine((global, context) => {
      const known = new Set([...Object.keys(smtpGlobals(env)), ...OTHER_GLOBALS]);
      for (const key of Object.keys(global).filter((name) => !known.has(name) && !FOREIGN_GLOBALS.test(name))) {
        context.addIssue({ code: 'custom', path: [key], message: `Unrecognized key: "${key}"` });
      }
    });
}

const OTHER_GLOBALS = [
  'resolve_timeout',
  'http_config',
  'smtp_auth_secret',
  'smtp_auth_secret_file',
  'smtp_auth_identity',
  'smtp_tls_config',
];

function fileSpec(env: EnvLookup, globals: SmtpGlobals) {
  const interval = z.strictObject({ name: Text.nullish(), time_intervals: z.array(TimeIntervalSpec).default([]) });
  return z.strictObject({
    global: globalSpec(env).nullish(),
    templates: z.array(Text).nullish(),
    route: RouteSpec.nullish(),
    receivers: z.array(receiverSpec(env, globals)).nullish(),
    inhibit_rules: z.array(InhibitRuleSpec).nullish(),
    time_intervals: z.array(interval).nullish(),
    mute_time_intervals: z.array(interval).nullish(),
    event_recorder: z.unknown().optional(),
    tracing: z.unknown().optional(),
  });
}

type RoutingFile = z.output<ReturnType<typeof fileSpec>>;

/** The global section is read first on its own, because receivers are completed from it. Its problems are reported with the whole file. */
function smtpGlobalsOf(raw: unknown, env: EnvLookup): SmtpGlobals {
  const parsed = z.looseObject({ global: globalSpec(env).nullish() }).safeParse(raw);
  return parsed.success ? (parsed.data.global ?? {}) : {};
}

function assemble(file: RoutingFile, { route, raw }: { readonly route: RouteConfig; readonly raw: unknown }): RoutingConfig {
  const intervals = [...(file.mute_time_intervals ?? []), ...(file.time_intervals ?? [])];
  return {
    route: buildRouteTree(route),
    receivers: new Map((file.receivers ?? []).map((receiver) => [receiver.name, receiver])),
    inhibitRules: file.inhibit_rules ?? [],
    timeIntervals: new Map(intervals.map(({ name, time_intervals }) => [name ?? '', time_intervals])),
    templates: file.templates ?? [],
    warnings: warningsOf(file, raw),
  };
}

function warningsOf(file: RoutingFile, raw: unknown): readonly string[] {
  const ignored = [
    { present: file.tracing !== undefined, key: 'tracing' },
    { present: file.event_recorder !== undefined, key: 'event_recorder' },
    { present: file.global?.http_config?.proxy_url !== undefined, key: 'global.http_config.proxy_url' },
    { present: file.global?.http_config?.tls_config !== undefined, key: 'global.http_config.tls_config' },
    { present: file.global?.http_config?.oauth2 !== undefined, key: 'global.http_config.oauth2' },
    { present: file.global?.smtp_tls_config !== undefined, key: 'global.smtp_tls_config' },
  ];
  const keys = [...ignored.filter(({ present }) => present).map(({ key }) => key), ...ignoredHttpKeys(raw)];
  return keys.map((key) => `${key} has no effect in Tila yet`);
}
