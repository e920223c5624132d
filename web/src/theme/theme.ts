import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const ACCENT: MantineColorsTuple = [
  '#e8f0fd',
  '#d0e0fb',
  '#a9c8f9',
  '#82b2fd',
  '#6aa5ff',
  '#3f83ef',
  '#2563d9',
  '#1d59c4',
  '#174aa5',
  '#123b85',
];

/** Mantine's dark greys, from text to page, as tokens.css has them. */
const DARK: MantineColorsTuple = [
  '#e7eaee',
  '#c9d0d8',
  '#a3adba',
  '#86909e',
  '#353d48',
  '#262c34',
  '#181c22',
  '#111418',
  '#0b0d10',
  '#07090b',
];

/** Mantine's components in our type and density. Colours come from tokens.css. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent: ACCENT, dark: DARK },
  fontFamily: 'var(--tila-font)',
  fontFamilyMonospace: 'var(--tila-mono)',
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '0.9375rem', xl: '1.25rem' },
});

const VARIABLES = {
  '--mantine-color-body': 'var(--tila-surface)',
  '--mantine-color-text': 'var(--tila-text)',
  '--mantine-color-dimmed': 'var(--tila-dim)',
  '--mantine-color-placeholder': 'var(--tila-faint)',
  '--mantine-color-default': 'var(--tila-raised)',
  '--mantine-color-default-hover': 'var(--tila-hover)',
  '--mantine-color-default-color': 'var(--tila-text)',
  '--mantine-color-default-border': 'var(--tila-border-strong)',
  '--mantine-color-error': 'var(--tila-critical)',
  '--mantine-color-anchor': 'var(--tila-accent)',
};

/** Points Mantine's own variables at our tokens, the same in both schemes because the tokens themselves change. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, dark: VARIABLES, light: VARIABLES });
