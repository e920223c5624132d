import { Fragment } from 'react';

export interface BreakableNameProps {
  readonly text: string;
}

/** Text whose CamelCase names may break between their words, where a narrow place needs it. */
export function BreakableName({ text }: BreakableNameProps) {
  const parts = text.split(/(?<=[a-z0-9])(?=[A-Z])/);
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no identity but their place
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
