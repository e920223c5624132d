import type { RuleGroupView, RuleView } from '@tila/contract/rules.ts';
import { Labels } from '../../model/labels.ts';
import { matchesAll } from '../../model/matcher.ts';
import { BadRequestError } from '../errors.ts';
import { invalid, type Parameters } from './parameters.ts';
import { parseSelector } from './selector-parameter.ts';

/** Which rules somebody wants to see. */
export interface RuleFilter {
  /** Whether alerts are to be listed below their rules. */
  readonly hasAlerts: boolean;
  /** Groups with the rules that pass; groups without one are left out, unless nothing is filtered. */
  apply(groups: readonly RuleGroupView[]): readonly RuleGroupView[];
}

const KINDS: Readonly<Record<string, RuleView['kind'] | undefined>> = { '': undefined, alert: 'alerting', record: 'recording' };

/** From `type`, `match[]` (over the rules' own labels), `rule_name[]`, `rule_group[]`, `file[]` and `exclude_alerts`. @throws BadRequestError */
export function ruleFilter(parameters: Parameters): RuleFilter {
  const type = parameters.get('type').toLowerCase();
  if (!Object.hasOwn(KINDS, type)) {
    throw invalid('type', `not supported value "${type}"`);
  }
  const kind = KINDS[type];
  const names = new Set(parameters.all('rule_name[]'));
  const groupNames = new Set(parameters.all('rule_group[]'));
  const files = new Set(parameters.all('file[]'));
  const selectors = parameters.all('match[]').map((text) => parseSelector(text));
  const isSelected = ({ labels }: RuleView) =>
    selectors.length === 0 || selectors.some((matchers) => matchesAll(matchers, Labels.from(labels)));
  const isWanted = (rule: RuleView) =>
    (kind === undefined || rule.kind === kind) && (names.size === 0 || names.has(rule.name)) && isSelected(rule);
  const isFiltered = kind !== undefined || names.size > 0 || selectors.length > 0;
  return {
    hasAlerts: !isTrue(parameters.get('exclude_alerts')),
    apply: (groups) =>
      groups
        .filter(({ name, file }) => (groupNames.size === 0 || groupNames.has(name)) && (files.size === 0 || files.has(file)))
        .map((group) => ({ ...group, rules: group.rules.filter(isWanted) }))
        .filter(({ rules }) => !isFiltered || rules.length > 0),
  };
}

function isTrue(text: string): boolean {
  return /^(1|t|true)$/i.test(text);
}

/** One page of groups by `group_limit` and `group_next_token`. The token names the first group of the next page. @throws BadRequestError */
export function page(
  groups: readonly RuleGroupView[],
  parameters: Parameters,
): { readonly groups: readonly RuleGroupView[]; readonly nextToken?: string } {
  const limitText = parameters.get('group_limit');
  const token = parameters.get('group_next_token');
  if (limitText === '') {
    if (token !== '') {
      throw new BadRequestError(
        'invalid parameter "group_limit": group_limit needs to be present in order to paginate over the groups',
      );
    }
    return { groups };
  }
  const limit = Number(limitText);
  if (!Number.isInteger(limit) || limit < 1) {
    throw invalid('group_limit', `group_limit needs to be a valid number above 0, got "${limitText}"`);
  }
  const start = token === '' ? 0 : groups.findIndex((group) => tokenOf(group) === token);
  if (start < 0) {
    throw new BadRequestError('invalid parameter "group_next_token": the group it names is gone; start again');
  }
  const next = groups[start + limit];
  return { groups: groups.slice(start, start + limit), ...(next !== undefined && { nextToken: tokenOf(next) }) };
}

function tokenOf({ file, name }: RuleGroupView): string {
  return Buffer.from(`${file};${name}`).toString('base64url');
}
