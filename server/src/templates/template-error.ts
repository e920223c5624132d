/** A template that does not parse or fails while it runs; the message starts with `template: name:line:column:` in Go's style. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Where something stands in a template's text. */
export interface Place {
  readonly template: string;
  readonly text: string;
  readonly offset: number;
}

/** @returns an error that names template, line and column (both from 1). */
export function errorAt(place: Place, message: string, cause?: unknown): TemplateError {
  const before = place.text.slice(0, place.offset);
  const line = before.split('\n').length;
  const column = place.offset - before.lastIndexOf('\n');
  return new TemplateError(`template: ${place.template}:${line}:${column}: ${message}`, { cause });
}
