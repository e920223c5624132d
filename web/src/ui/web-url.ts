/** The address when it is http or https, else null: annotations come from outside and may hold `javascript:`. */
export function webUrl(text: string | undefined): string | null {
  if (text === undefined || !URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}
