/**
 * Makes untrusted text literal in a card's TextBlock or Fact: Markdown marks are escaped, and `<at>` (a mention) or any other
 * tag loses its bracket. Line breaks stay; Teams shows a break for a blank line only, so single ones are doubled.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/(?![\n\r\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .replace(/\r\n?/g, '\n')
    .replace(/\{\{(?=(?:DATE|TIME)\()/g, '{\u200b{')
    .replace(/[\\`*_[\]()]/g, '\\$&')
    .replace(/^(\s*)([-+#])/gm, '$1\\$2')
    .replace(/^(\s*\d+)\.(?=\s)/gm, '$1\\.')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/\n+/g, '\n\n');
}
