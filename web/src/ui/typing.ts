/** Is this where someone types? Shortcuts stay silent there. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  return target.isContentEditable || target.matches('input, textarea, select, [role="textbox"], [role="slider"]');
}
