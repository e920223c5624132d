/** One expression of the query benches and the family of work it stands for. */
export interface BenchExpression {
  readonly family: 'selector' | 'window' | 'aggregation' | 'histogram' | 'join' | 'rank' | 'function' | 'subquery';
  readonly text: string;
}

/**
 * What rules and dashboards ask, over these series:
 * counters `http_requests_total{service,instance,method,status,env}`, `http_request_duration_seconds_{sum,count}{service,instance}`,
 * `jvm_gc_seconds_total`, `node_network_receive_bytes_total{service,instance}`; the classic histogram of 12 buckets
 * `http_request_duration_seconds_bucket{service,instance,le}`; gauges `cpu_usage_ratio`, `mem_used_bytes`, `mem_limit_bytes`,
 * `queue_depth`, `up`, all `{service,instance}`.
 */
export const EXPRESSIONS: readonly BenchExpression[] = [
  { family: 'aggregation', text: 'sum by (service) (rate(http_requests_total[5m]))' },
  { family: 'window', text: 'avg_over_time(cpu_usage_ratio[10m]) > 0.9' },
  {
    family: 'histogram',
    text: 'histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))',
  },
  { family: 'join', text: 'mem_used_bytes / on (service, instance) mem_limit_bytes > 0.95' },
  { family: 'selector', text: 'up == 0' },
  { family: 'selector', text: 'queue_depth{service="service-7"}' },
  { family: 'selector', text: 'cpu_usage_ratio > 0.99' },
  { family: 'aggregation', text: 'sum(rate(http_requests_total[5m]))' },
  { family: 'aggregation', text: 'sum without (instance) (rate(http_requests_total[5m]))' },
  { family: 'aggregation', text: 'sum by (service, status) (increase(http_requests_total[10m]))' },
  { family: 'aggregation', text: 'avg by (service) (cpu_usage_ratio)' },
  { family: 'aggregation', text: 'max by (service) (queue_depth)' },
  { family: 'aggregation', text: 'min by (service) (mem_limit_bytes)' },
  { family: 'aggregation', text: 'count by (service) (up == 1)' },
  { family: 'aggregation', text: 'stddev by (service) (cpu_usage_ratio)' },
  { family: 'aggregation', text: 'quantile by (service) (0.9, cpu_usage_ratio)' },
  { family: 'aggregation', text: 'sum(mem_used_bytes)' },
  { family: 'aggregation', text: 'count(http_requests_total)' },
  { family: 'aggregation', text: 'sum by (env) (rate(http_requests_total{status=~"5.."}[5m]))' },
  { family: 'window', text: 'max by (service) (max_over_time(cpu_usage_ratio[10m]))' },
  { family: 'window', text: 'min by (service) (min_over_time(up[5m]))' },
  { family: 'window', text: 'sum by (service) (sum_over_time(queue_depth[10m]))' },
  { family: 'window', text: 'quantile_over_time(0.9, cpu_usage_ratio[10m]) > 0.95' },
  { family: 'window', text: 'stddev_over_time(cpu_usage_ratio[10m]) > 0.4' },
  { family: 'window', text: 'changes(up[30m]) > 4' },
  { family: 'window', text: 'sum by (service) (resets(http_requests_total[30m]))' },
  { family: 'window', text: 'deriv(mem_used_bytes[10m]) > 1e7' },
  { family: 'window', text: 'predict_linear(mem_used_bytes[15m], 3600) > 8e9' },
  { family: 'window', text: 'sum by (service) (irate(node_network_receive_bytes_total[5m]))' },
  { family: 'window', text: 'rate(jvm_gc_seconds_total[5m]) > 0.1' },
  { family: 'histogram', text: 'histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))' },
  {
    family: 'histogram',
    text: 'histogram_quantile(0.95, sum without (instance) (rate(http_request_duration_seconds_bucket{service=~"service-[12].*"}[5m])))',
  },
  {
    family: 'histogram',
    text: 'sum by (service) (rate(http_request_duration_seconds_sum[5m])) / sum by (service) (rate(http_request_duration_seconds_count[5m]))',
  },
  {
    family: 'join',
    text: 'sum by (service) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (service) (rate(http_requests_total[5m])) > 0.05',
  },
  { family: 'join', text: 'mem_used_bytes / mem_limit_bytes > 0.9 and on (instance) up == 1' },
  { family: 'join', text: 'cpu_usage_ratio * on (service) group_left () (sum by (service) (up) > bool 0) > 0.99' },
  { family: 'join', text: 'sum by (service) (queue_depth unless on (instance) (up == 0))' },
  { family: 'rank', text: 'topk(5, sum by (service) (rate(http_requests_total[5m])))' },
  { family: 'rank', text: 'topk by (service) (3, cpu_usage_ratio)' },
  { family: 'subquery', text: 'max_over_time(sum by (service) (rate(http_requests_total[5m]))[10m:1m])' },
];
