interface BenchRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const SERVICES = 50;
const GROUP_SIZE = 25;
const WINDOWS = ['2m', '5m', '10m', '15m', '20m'];

/** 500 rules as a rule file: nine about each of the 50 services, and 50 about all series; recording and alerting mixed, in groups of 25. */
export function benchRules(interval: string): string {
  const rules = [...Array.from({ length: SERVICES }, (_, index) => rulesOf(`service-${index}`)).flat(), ...globalRules()];
  const groups = Array.from({ length: Math.ceil(rules.length / GROUP_SIZE) }, (_, index) => ({
    name: `group-${index}`,
    interval,
    rules: rules.slice(index * GROUP_SIZE, (index + 1) * GROUP_SIZE),
  }));
  return JSON.stringify({ groups });
}

function rulesOf(service: string): readonly BenchRule[] {
  const of = `service="${service}"`;
  const buckets = `sum by (le) (rate(http_request_duration_seconds_bucket{${of}}[5m]))`;
  return [
    { record: 'service_status:http_requests:rate5m', expr: `sum by (service, status) (rate(http_requests_total{${of}}[5m]))` },
    { record: 'service:http_request_duration_seconds:p99', expr: `histogram_quantile(0.99, ${buckets})`, labels: { service } },
    alert(
      'ErrorRatio',
      `sum(rate(http_requests_total{${of},status=~"5.."}[5m])) / sum(rate(http_requests_total{${of}}[5m])) > 0.05`,
    ),
    alert('Latency', `histogram_quantile(0.95, ${buckets}) > 2`),
    alert('MemoryNearLimit', `mem_used_bytes{${of}} / on (service, instance) mem_limit_bytes{${of}} > 0.95`),
    alert('CpuSaturated', `avg_over_time(cpu_usage_ratio{${of}}[10m]) > 0.98`),
    alert('NothingRuns', `absent(up{${of}})`),
    alert('QueueFull', `max(max_over_time(queue_depth{${of}}[10m])) > 499`),
    alert('InstancesDown', `count(up{${of}} == 0) / count(up{${of}}) > 0.2`),
  ];
}

/** Ten questions about all series, each over five windows. */
function globalRules(): readonly BenchRule[] {
  return WINDOWS.flatMap((window) => [
    { record: `service:http_requests:rate${window}`, expr: `sum by (service) (rate(http_requests_total[${window}]))` },
    { record: `status:http_requests:rate${window}`, expr: `sum by (status) (rate(http_requests_total[${window}]))` },
    {
      record: `service:http_request_duration_seconds:p90_${window}`,
      expr: `histogram_quantile(0.9, sum by (le, service) (rate(http_request_duration_seconds_bucket[${window}])))`,
    },
    { record: `service:cpu_usage_ratio:max${window}`, expr: `max by (service) (max_over_time(cpu_usage_ratio[${window}]))` },
    { record: `service:cpu_usage_ratio:avg${window}`, expr: `avg by (service) (avg_over_time(cpu_usage_ratio[${window}]))` },
    alert(`CpuSaturated${window}`, `avg_over_time(cpu_usage_ratio[${window}]) > 0.985`),
    alert(`Restarts${window}`, `sum by (service) (resets(http_requests_total[${window}])) > 1000`),
    alert(`NoTraffic${window}`, `sum by (service) (increase(http_requests_total[${window}])) == 0`),
    alert(`MemoryGrows${window}`, `sum by (service) (deriv(mem_used_bytes[${window}])) > 1e12`),
    alert(`MemoryFull${window}`, `max_over_time(mem_used_bytes[${window}]) / on (service, instance) mem_limit_bytes > 1`),
  ]);
}

function alert(name: string, expr: string): BenchRule {
  return { alert: name, expr, for: '5m', labels: { severity: 'warning' } };
}
