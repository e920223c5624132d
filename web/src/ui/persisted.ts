import { useState } from 'react';

/** A choice this browser remembers. `known` lists what may be stored; anything else falls back to the first. */
export function usePersisted<Value extends string>(
  key: string,
  known: readonly [Value, ...Value[]],
): [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => readChoice(key, known));
  const store = (next: Value) => {
    setValue(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // Storage may be off; then the choice lasts as long as the page.
    }
  };
  return [value, store];
}

function readChoice<Value extends string>(key: string, known: readonly [Value, ...Value[]]): Value {
  try {
    const stored = localStorage.getItem(key);
    return known.find((value) => value === stored) ?? known[0];
  } catch {
    return known[0];
  }
}
