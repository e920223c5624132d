import { describe, expect, it } from 'vitest';
import { alertmanagerFunctions } from './alertmanager-functions.ts';
import { GoTemplate } from './go-template.ts';
import { prometheusFunctions } from './prometheus-functions.ts';
import { fixed, GoDuration, GoList, GoStruct, GoTime, stringMap, type Value } from './values.ts';

const samples = [
  { labels: { __name__: 'metric', instance: 'b', __value__: '21' }, value: 21 },
  { labels: { __name__: 'metric', instance: 'a', __value__: '11' }, value: 11 },
];
const functions = prometheusFunctions({
  query: async (expr) => (expr === 'metric' ? samples : []),
  nowMs: 1_395_066_363_500,
  externalUrl: 'http://testhost:9090/path/prefix',
});
const dot = new GoStruct('data', {
  Labels: stringMap({ instance: 'a:9100', job: 'api', html: '<b>' }),
  Value: 0.123,
  List: new GoList(['x', 'y', 'z']),
  Empty: new GoList([]),
  Nested: new GoStruct('inner', { Deep: 'deep' }),
  Time: new GoTime(Date.UTC(2026, 0, 2, 3, 4, 5, 60)),
  Alerts: new GoList(['f', 'r'], new Map([['Firing', fixed(0, () => new GoList(['f']))]])),
});

async function run(text: string, value: Value = dot): Promise<string> {
  const template = new GoTemplate({ functions, variables: ['labels', 'value'] });
  const variables = { labels: stringMap({ instance: 'a:9100', job: 'api' }), value: 1_000_000 };
  return template.add('t', text).execute('t', value, { variables });
}

describe('text/template', () => {
  it.for<readonly [text: string, printed: string]>([
    ['plain', 'plain'],
    ['{{ 1 }} {{ 1.5 }} {{ -3 }} {{ 0x1f }} {{ 1e3 }} {{ true }}', '1 1.5 -3 31 1000 true'],
    ["{{ 'a' }}", '97'],
    ['{{ "a\\tb\\u00e9" }}{{ `raw\\n` }}', 'a\tbéraw\\n'],
    ['{{ .Labels.instance }}', 'a:9100'],
    ['{{ .Labels.nope }}|', '|'],
    ['{{ .Nested.Deep }}', 'deep'],
    ['{{ (index .List 1) }}{{ len .List }}{{ slice "abcdef" 1 3 }}', 'y3bc'],
    ['{{ index .Labels "job" }}', 'api'],
    ['{{ $labels.job }} {{ $value }}', 'api 1e+06'],
    ['{{ if .Empty }}a{{ else }}b{{ end }}', 'b'],
    ['{{ if eq 1 2 }}a{{ else if eq 1 1 }}b{{ else }}c{{ end }}', 'b'],
    ['{{ if eq 1 2 }}a{{ else if eq 1 3 }}b{{ else }}c{{ end }}', 'c'],
    ['{{ with .Nested }}{{ .Deep }}{{ end }}', 'deep'],
    ['{{ with .Empty }}a{{ else with .List }}{{ len . }}{{ else }}c{{ end }}', '3'],
    ['{{ with $x := .Nested.Deep }}{{ $x }}{{ end }}', 'deep'],
    ['{{ range .List }}[{{ . }}]{{ end }}', '[x][y][z]'],
    ['{{ range $i, $v := .List }}{{ $i }}{{ $v }}{{ end }}', '0x1y2z'],
    ['{{ range $k, $v := .Labels }}{{ $k }}={{ $v }};{{ end }}', 'html=<b>;instance=a:9100;job=api;'],
    ['{{ range .Empty }}a{{ else }}none{{ end }}', 'none'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ range .List }}{{ if eq . "y" }}{{ break }}{{ end }}{{ . }}{{ end }}', 'x'],
    ['{{ range .List }}{{ if eq . "y" }}{{ continue }}{{ end }}{{ . }}{{ end }}', 'xz'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}', '1'],
    ['a  {{- 1 -}}  b', 'a1b'],
    ['a {{- /* gone */ -}} b', 'ab'],
    ['a{{/* gone */}}b', 'ab'],
    ['{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" "v" }}', '<v>'],
    ['{{ define "x" }}n{{ . }}{{ end }}{{ template "x" }}', 'n<no value>'],
    ['{{ block "b" .Nested }}{{ .Deep }}{{ end }}', 'deep'],
    ['{{ "x" | printf "%s-%s" "y" }}', 'y-x'],
    ['{{ .List | len | printf "%03d" }}', '003'],
    ['{{ and 1 0 }}{{ and 1 2 }}{{ or 0 3 }}{{ or 0 "" }}', '023'],
    ['{{ or true (index .Empty 5) }}', 'true'],
    ['{{ not 0 }}{{ ne 1 2 }}{{ lt 1 2 }}{{ le 2 2 }}{{ gt 1.5 2.5 }}{{ ge "b" "a" }}', 'truetruetruetruefalsetrue'],
    ['{{ eq "a" "b" "a" }}', 'true'],
    ['{{ print 1 2 "a" 3 }}|{{ println "a" 1 }}', '1 2a3|a 1\n'],
    ['{{ html "<a href=\'x\'>&" }}', '&lt;a href=&#39;x&#39;&gt;&amp;'],
    ['{{ js "it\'s <b>" }}', "it\\'s \\u003Cb\\u003E"],
    ['{{ urlquery "a b&c" }}', 'a+b%26c'],
    ['{{ .Time.Format "2006-01-02T15:04:05.000Z07:00" }}', '2026-01-02T03:04:05.060Z'],
    ['{{ .Time }}', '2026-01-02 03:04:05.06 +0000 UTC'],
    ['{{ len .Alerts.Firing }}{{ range .Alerts.Firing }}{{ . }}{{ end }}', '1f'],
    ['{{ .Labels }}{{ .List }}', 'map[html:<b> instance:a:9100 job:api][x y z]'],
    ['{{ $.Nested.Deep }}{{ range .List }}{{ $.Nested.Deep }}{{ end }}', 'deepdeepdeepdeep'],
    ['{{"{{"}}', '{{'],
  ])('%s', async ([text, printed]) => {
    expect(await run(text)).toBe(printed);
  });

  it.for<readonly [text: string, message: RegExp]>([
    ['a\n {{ nope }}', /template: t:2:5: function "nope" not defined/],
    ['{{ $nope }}', /undefined variable "\$nope"/],
    ['{{ if true }}', /t:1:4: \{\{if\}\} is never closed/],
    ['{{ end }}', /unexpected \{\{end\}\}/],
    ['{{ .a', /unclosed action/],
    ['{{ "a }}', /unterminated quoted string/],
    ['{{ 1 | 2 }}', /non executable command/],
    ['{{ break }}', /outside \{\{range\}\}/],
    ['{{ index .List 7 }}', /t:1:4: error calling index: index out of range: 7/],
    ['{{ .Nested.Nope }}', /can't evaluate field Nope in type inner/],
    ['{{ template "nope" }}', /template "nope" not defined/],
    ['{{ eq 1 1.0 }}', /incompatible types for comparison/],
    ['{{ lt 1 }}', /wrong number of args for lt: want 2 got 1/],
    ['{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}', /deeper than 100/],
    ['{{ range 999999999 }}{{ end }}', /longer than 100000 steps/],
    ['{{ .Value.constructor }}', /can't evaluate field constructor in type float64/],
    ['{{ .Labels.constructor.name }}', /can't evaluate field name in type string/],
    ['{{ .List.__proto__ }}', /can't evaluate field __proto__/],
  ])('%s fails', async ([text, message]) => {
    await expect(run(text)).rejects.toThrow(message);
  });
});

describe('printf', () => {
  it.for<readonly [format: string, value: Value, printed: string]>([
    ['%v', 1_000_000, '1e+06'],
    ['%v', 123_456.789, '123456.789'],
    ['%v', 0.000_012_34, '1.234e-05'],
    ['%v', Number.POSITIVE_INFINITY, '+Inf'],
    ['%.2f', 3.24159, '3.24'],
    ['%.0f', 2.5, '2'],
    ['%.0f', 3.5, '4'],
    ['%.2f', 1.005, '1.00'],
    ['%f', 1, '1.000000'],
    ['%e', 123_456.789, '1.234568e+05'],
    ['%g', 100_000, '100000'],
    ['%.3g', 1234.5, '1.23e+03'],
    ['%.4g', 1000, '1000'],
    ['%.4g', 99_999, '1e+05'],
    ['%d', 42n, '42'],
    ['%5d|', 42n, '   42|'],
    ['%-5d|', 42n, '42   |'],
    ['%05d', -42n, '-0042'],
    ['%+d', 42n, '+42'],
    ['%x', 255n, 'ff'],
    ['%#x', 255n, '0xff'],
    ['%X', 'hi', '6869'],
    ['%q', 'a"b\n', '"a\\"b\\n"'],
    ['%8.3f', 3.24159, '   3.242'],
    ['%s', 'x', 'x'],
    ['%.2s', 'xyz', 'xy'],
    ['%t', true, 'true'],
    ['%%', undefined, '%%!(EXTRA <nil>=<nil>)'],
    ['%d', 3.5, '%!d(float64=3.5)'],
    ['%s', 1n, '%!s(int=1)'],
    ['%T', 1.5, 'float64'],
    ['%v', new GoDuration(3723.5), '1h2m3.5s'],
    ['%s', new GoDuration(0.0015), '1.5ms'],
    ['%!', 1n, '%!!(int=1)'],
  ])('%s of %s', async ([format, value, printed]) => {
    const template = new GoTemplate().add('t', '{{ printf .F .V }}');
    expect(await template.execute('t', new GoStruct('d', { F: format, V: value }))).toBe(printed);
  });

  it('says what is missing', async () => {
    expect(await run('{{ printf "%d %s" 1 }}')).toBe('1 %!s(MISSING)');
    expect(await run('{{ printf "%*d" 5 1 }}')).toBe('    1');
  });
});

describe("Prometheus' functions", () => {
  it.for<readonly [text: string, printed: string]>([
    ['{{ query "metric" | first | value }}', '21'],
    ['{{ range query "metric" | sortByLabel "instance" }}{{ .Labels.instance }}:{{ .Value }} {{ end }}', 'a:11 b:21 '],
    ['{{ query "metric" | first | label "instance" }}', 'b'],
    ['{{ query "metric" | first | strvalue }}', '21'],
    ['{{ with query "none" }}x{{ else }}empty{{ end }}', 'empty'],
    ['{{ range $i := (args 1 2) }}{{ $i }}{{ end }}{{ (args 7).arg0 }}', '127'],
    ['{{ humanize 0.0 }} {{ humanize 1.0 }} {{ humanize 1234567.0 }} {{ humanize .12 }}', '0 1 1.235M 120m'],
    ['{{ humanize1024 0.0 }} {{ humanize1024 1.0 }} {{ humanize1024 1048576.0 }} {{ humanize1024 .12 }}', '0 1 1Mi 0.12'],
    ['{{ humanize "1.5e3" }} {{ humanize 12 }}', '1.5k 12'],
    [
      '{{ humanizeDuration 0 }} {{ humanizeDuration 1 }} {{ humanizeDuration 60 }} {{ humanizeDuration 3600 }} {{ humanizeDuration 86400 }}',
      '0s 1s 1m 0s 1h 0m 0s 1d 0h 0m 0s',
    ],
    [
      '{{ humanizeDuration .899 }} {{ humanizeDuration 1234567.0 }} {{ humanizeDuration -86400 }}',
      '899ms 14d 6h 56m 7s -1d 0h 0m 0s',
    ],
    ['{{ humanizeDuration 899.99 }} {{ humanizeDuration 59.999 }}', '14m 59s 60s'],
    ['{{ humanizePercentage -0.22222 }} {{ humanizePercentage 0.1234567 }}', '-22.22% 12.35%'],
    ['{{ humanizeTimestamp 1435065584.128 }}', '2015-06-23 13:19:44.128 +0000 UTC'],
    ['{{ (toTime 1435065584).Format "2006" }} {{ toDuration 60 }}', '2015 1m0s'],
    ['{{ parseDuration "1h2m10ms" }} {{ now }}', '3720.01 1.3950663635e+09'],
    ['{{ title "aa bb CC" }} {{ toUpper "aa" }} {{ toLower "BB" }}', 'Aa Bb CC AA bb'],
    ['{{ match "a+" "aa" }} {{ match "a+" "b" }} {{ reReplaceAll "(a)b" "x$1" "ab" }}', 'true false xa'],
    ['{{ reReplaceAll "(?P<n>a)b" "\x24{n}c" "abab" }}', 'acac'],
    ['{{ stripPort "host:80" }} {{ stripPort "[::1]:80" }} {{ stripPort "host" }}', 'host ::1 host'],
    ['{{ stripDomain "a.b.c:80" }} {{ stripDomain "1.2.3.4" }} {{ stripDomain "a.b" }}', 'a:80 1.2.3.4 a'],
    [
      '{{ graphLink "up" }} {{ tableLink "up{a=\\"b\\"}" }}',
      '/graph?g0.expr=up&g0.tab=0 /graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=1',
    ],
    ['{{ pathPrefix }} {{ externalURL }}', '/path/prefix http://testhost:9090/path/prefix'],
    ['{{ urlQueryEscape "a b" }}{{ safeHtml "<b>" }}', 'a+b<b>'],
  ])('%s', async ([text, printed]) => {
    expect(await run(text)).toBe(printed);
  });

  it.for(['{{ query "none" | first }}', '{{ humanize "x" }}', '{{ humanizeTimestamp 1e30 }}', '{{ match "(" "a" }}'])(
    '%s fails',
    async (text) => {
      await expect(run(text)).rejects.toThrow(/template: t:1:\d+: error calling/);
    },
  );
});

describe("Alertmanager's functions", () => {
  const alertmanager = alertmanagerFunctions({ nowMs: () => Date.UTC(2026, 0, 1, 12) });

  it.for<readonly [text: string, printed: string]>([
    ['{{ stringSlice "a" "b" | join ", " }}', 'a, b'],
    ['{{ toJson (dict "a" 1 "b" (list "x" 2.5)) }}', '{"a":1,"b":["x",2.5]}'],
    ['{{ (dict "a" 1).zz }}', '<no value>'],
    ['{{ append (list 1) 2 }}', '[1 2]'],
    ['{{ base64encode "hé" | base64decode }}', 'hé'],
    ['{{ now | date "15:04" }} {{ now | tz "Asia/Kolkata" | date "15:04 -0700" }}', '12:00 17:30 +0530'],
    ['{{ toDate "2006-01-02" "2025-12-31" | since | humanizeDuration }}', '1d 12h 0m 0s'],
    ['{{ trimSpace "  x " }}{{ urlUnescape "a%20b+c" }}', 'xa b c'],
  ])('%s', async ([text, printed]) => {
    expect(await new GoTemplate({ functions: alertmanager }).add('t', text).execute('t', null)).toBe(printed);
  });
});

describe('html escaping', () => {
  it.for<readonly [text: string, value: string, printed: string]>([
    ['<p>{{ . }}</p>', '<script>x</script>', '<p>&lt;script&gt;x&lt;/script&gt;</p>'],
    ['<p title="{{ . }}">', '" onclick="x', '<p title="&#34; onclick=&#34;x">'],
    ['<a href="{{ . }}">', 'javascript:alert(1)', '<a href="#ZgotmplZ">'],
    ['<a href="{{ . }}">', ' java\nscript:alert(1)', '<a href="#ZgotmplZ">'],
    ['<a href="{{ . }}">', 'https://a/?b=c&d', '<a href="https://a/?b=c&amp;d">'],
    ['<a href="https://a/{{ . }}">', 'x:y', '<a href="https://a/x:y">'],
    ['<a href={{ . }}>', 'x y', '<a href=x&#32;y>'],
    ['<a onclick="{{ . }}">', 'x', '<a onclick="#ZgotmplZ">'],
    [
      '<script>var a = {{ . }};</script>{{ . }}',
      '</script><b>',
      '<script>var a = "\\u003c/script\\u003e\\u003cb\\u003e";</script>&lt;/script&gt;&lt;b&gt;',
    ],
    ['<!-- {{ . }} -->{{ . }}', '<', '<!--  -->&lt;'],
    ['<p>{{ safeHtml . }}</p>', '<b>', '<p><b></p>'],
    ['{{ define "x" }}{{ . }}{{ end }}<i>{{ template "x" . }}</i>', '<', '<i>&lt;</i>'],
  ])('%s of %s', async ([text, value, printed]) => {
    expect(await new GoTemplate({ functions }).add('t', text).execute('t', value, { escape: 'html' })).toBe(printed);
  });
});
