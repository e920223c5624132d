import { functionNames } from '../../promql/functions/signatures.ts';
import type { Route } from '../route.ts';

const OPERATORS =
  '!= !~ % * + - / < <= == =~ > >= @ ^ and atan2 avg bottomk count count_values group limitk max min or quantile stddev stdvar sum topk unless';
const NO_OPERATORS = '</ >/ limit_ratio';
const TEMPLATES =
  'args externalURL first graphLink humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp label match ' +
  'now parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel stripDomain stripPort strvalue tableLink title toDuration ' +
  'toLower toTime toUpper urlQueryEscape value';

/** `/api/v1/features` (Prometheus 3.8): what of Prometheus there is here and what is not. */
export function featureRoutes(): readonly Route[] {
  const data = {
    api: {
      ...having(
        'exclude_alerts label_values_match query_stats query_warnings remote_write_receiver time_range_labels time_range_series',
      ),
      ...lacking('admin lifecycle openapi_3.1 openapi_3.2 otlp_write_receiver search'),
    },
    prometheus: { ...having('server_mode'), ...lacking('agent_mode auto_reload_config') },
    promql: {
      ...having(
        'at_modifier bool by delayed_name_removal duration_expr group_left group_right ignoring negative_offset offset on',
      ),
      ...having('per_query_lookback_delta subqueries without'),
      ...lacking('anchored fill fill_left fill_right per_step_stats smoothed type_and_unit_labels'),
    },
    promql_functions: { ...having(functionNames().join(' ')), ...lacking('info start_timestamp') },
    promql_operators: { ...having(OPERATORS), ...lacking(NO_OPERATORS) },
    rules: having('keep_firing_for query_offset'),
    templating_functions: having(TEMPLATES),
    tsdb: lacking('exemplar_storage native_histograms'),
  };
  return [{ method: 'get', path: '/api/v1/features', access: 'viewer', answer: () => ({ status: 'success', data }) }];
}

function having(names: string): Readonly<Record<string, boolean>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, true]));
}

function lacking(names: string): Readonly<Record<string, boolean>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, false]));
}
