import { useRef } from 'react';

/** The value, or while `held` the one it had last before. */
export function useHeld<Value>(value: Value, held: boolean): Value {
  const last = useRef(value);
  if (!held) {
    last.current = value;
  }
  return last.current;
}
