import { PostableSilence, SilenceMatcher } from '@tila/contract/silences.ts';
import { z } from 'zod';
import { AlertMatcher, type Matcher, type MatchOperator, matchesAll } from '../../model/matcher.ts';
import { toAlertView } from '../../overview/alert-view.ts';
import type { HttpDeps } from '../deps.ts';
import { BadRequestError } from '../errors.ts';
import { addressOf, pathText, type Route } from '../route.ts';

export type SilenceRouteDeps = Pick<HttpDeps, 'silences' | 'alerts' | 'alertStatus' | 'auth'>;

const Preview = z.object({ matchers: z.array(SilenceMatcher).min(1).max(100) });

/** Silences, and which alerts one would quiet before it is made. */
export function silenceRoutes(deps: SilenceRouteDeps): readonly Route[] {
  const { audit } = deps.auth;
  return [
    { method: 'get', path: '/api/silences', access: 'viewer', answer: () => deps.silences.list() },
    {
      method: 'post',
      path: '/api/silences',
      access: 'responder',
      answer: async ({ identity, request }) => {
        const wanted = PostableSilence.parse(request.body);
        checkSilence(wanted);
        const silence = await deps.silences.save(wanted, identity.name);
        const detail = silence.matchers.map((matcher) => toMatcher(matcher).toString()).join(', ');
        await audit.record({
          actor: identity.name,
          action: 'silence.created',
          target: silence.id,
          detail: `${detail} until ${silence.endsAt}`,
          ip: addressOf(request),
        });
        return silence;
      },
    },
    {
      method: 'post',
      path: '/api/silences/preview',
      access: 'viewer',
      answer: ({ request }) => {
        const matchers = Preview.parse(request.body).matchers.map(toMatcher);
        return deps.alerts
          .current()
          .filter((alert) => alert.state !== 'resolved' && matchesAll(matchers, alert.labels))
          .map((alert) => toAlertView(alert, deps.alertStatus.statusOf(alert.fingerprint)));
      },
    },
    {
      method: 'delete',
      path: '/api/silences/:id',
      access: 'responder',
      answer: async ({ identity, request }) => {
        const id = pathText(request, 'id');
        await deps.silences.expire(id);
        await audit.record({ actor: identity.name, action: 'silence.expired', target: id, ip: addressOf(request) });
      },
    },
  ];
}

/** Alertmanager's checks: an end after the start, and at least one matcher that not every alert would match. */
function checkSilence(silence: PostableSilence): void {
  if (Date.parse(silence.endsAt) <= Date.parse(silence.startsAt)) {
    throw new BadRequestError('endsAt must be after startsAt');
  }
  if (silence.matchers.map(toMatcher).every((matcher) => matcher.matches(''))) {
    throw new BadRequestError('at least one matcher must not match the empty value, or the silence would quiet everything');
  }
}

const OPERATORS: Readonly<Record<string, MatchOperator>> = {
  'true,false': '=',
  'false,false': '!=',
  'true,true': '=~',
  'false,true': '!~',
};

function toMatcher({ name, value, isEqual, isRegex }: SilenceMatcher): Matcher {
  return new AlertMatcher(name, OPERATORS[`${isEqual},${isRegex}`] ?? '=', value);
}
