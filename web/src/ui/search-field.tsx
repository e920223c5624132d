import { TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Icon } from './icon.tsx';

export interface SearchFieldProps {
  /** Its accessible name and placeholder: "Search alerts". */
  readonly label: string;
  /** What is searched for now, usually from the URL. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/**
 * The field that `/` leads to. It keeps what is typed itself: the URL follows a moment later, and a field bound to it would
 * lose keys. A change from elsewhere (Back) is taken over while nobody types.
 */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== input.current) {
      setText(value);
    }
  }, [value]);
  return (
    <TextInput
      ref={input}
      type="search"
      size="xs"
      aria-label={label}
      placeholder={`${label}  /`}
      leftSection={<Icon name="search" />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
      data-search
    />
  );
}
