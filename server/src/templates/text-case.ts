/** x/text's Title without lower-casing: the first letter of every word goes up, the rest stays. */
export function titleCase(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}\p{M}_]['’.]?)(?<![\p{L}\p{N}\p{M}_])\p{L}/gu, (letter) => letter.toUpperCase());
}
