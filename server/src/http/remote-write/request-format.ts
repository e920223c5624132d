import type { RemoteWriteVersion } from '../../model/remote-write/decoded-write.ts';

/** What the headers of a write request say about its body, or why such a body is not taken. */
export type RequestFormat = { readonly version: RemoteWriteVersion } | { readonly problem: string };

const MESSAGES: Readonly<Record<string, RemoteWriteVersion>> = {
  'prometheus.writerequest': '1.0',
  'io.prometheus.write.v2.request': '2.0',
};

/**
 * Which message a body holds, by `Content-Type: application/x-protobuf;proto=…` and `Content-Encoding: snappy`.
 * As in Prometheus, headers that are missing mean what 1.0 senders mean.
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#required-headers
 */
export function requestFormat(headers: {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
}): RequestFormat {
  const encoding = (headers['content-encoding'] ?? 'snappy').trim().toLowerCase();
  if (encoding !== 'snappy') {
    return { problem: `Content-Encoding is ${JSON.stringify(encoding)}; "snappy" (block format) is wanted` };
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? 'application/x-protobuf').split(';').map((part) => part.trim());
  if (type.toLowerCase() !== 'application/x-protobuf') {
    return { problem: `Content-Type is ${JSON.stringify(type)}; "application/x-protobuf" is wanted` };
  }
  const message = parameters.find((parameter) => /^proto=/i.test(parameter))?.slice('proto='.length) ?? 'prometheus.WriteRequest';
  const version = Object.hasOwn(MESSAGES, message.toLowerCase()) ? MESSAGES[message.toLowerCase()] : undefined;
  return version === undefined
    ? { problem: `proto is ${JSON.stringify(message)}; "prometheus.WriteRequest" and "io.prometheus.write.v2.Request" are known` }
    : { version };
}
