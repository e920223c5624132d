import { useMediaQuery } from '@mantine/hooks';

/** Is the window a phone's? */
export function useNarrow(): boolean {
  return (
    useMediaQuery('(max-width: 720px)', window.matchMedia('(max-width: 720px)').matches, { getInitialValueInEffect: false }) ??
    false
  );
}
