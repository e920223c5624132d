import { html, type Markup } from './markup.ts';
import { renderTeamsMarkdown } from './teams-markdown.ts';

type Json = Readonly<Record<string, unknown>>;

/** What every element of one card is rendered with. */
interface CardContext {
  readonly mentions: ReadonlySet<string>;
}

/** An Adaptive Card as Teams shows it. Takes anything: what it does not know it leaves out, as Teams does not. */
export function renderCard(content: unknown): Markup {
  const card = record(content);
  const teams = record(card.msteams);
  const context: CardContext = { mentions: new Set(list(teams.entities).flatMap((entity) => text(record(entity).text) ?? [])) };
  const isFull = text(teams.width)?.toLowerCase() === 'full';
  return html`<div class="card${isFull ? ' card-full' : ''}">${renderItems(card.body, context)}${renderActions(card.actions, context)}</div>`;
}

function renderItems(items: unknown, context: CardContext): Markup {
  return html`${list(items).map((item) => renderElement(record(item), context))}`;
}

type Renderer = (element: Json, context: CardContext) => Markup;

const RENDERERS: ReadonlyMap<string, Renderer> = new Map(
  Object.entries<Renderer>({
    TextBlock: (element, context) => {
      const heading = element.style === 'heading' ? html` role="heading" aria-level="3"` : '';
      return html`<div class="${textClasses(element)}"${heading}>${renderTeamsMarkdown(text(element.text) ?? '', context.mentions)}</div>`;
    },
    RichTextBlock: (element) =>
      html`<div class="${textClasses({ ...element, wrap: true })}"><p>${list(element.inlines).map(renderRun)}</p></div>`,
    FactSet: (element, context) =>
      html`<dl class="facts${spacing(element)}">${list(element.facts).map((fact) => renderFact(record(fact), context))}</dl>`,
    Container: (element, context) =>
      html`<div class="container${style(element)}${spacing(element)}">${renderItems(element.items, context)}</div>`,
    ColumnSet: (element, context) =>
      html`<div class="columns${style(element)}${spacing(element)}">${list(element.columns).map((column) => renderColumn(record(column), context))}</div>`,
    Image: (element) => renderImage(element),
    ImageSet: (element) =>
      html`<div class="images${spacing(element)}">${list(element.images).map((image) => renderImage(record(image)))}</div>`,
    ActionSet: (element, context) => html`<div class="${spacing(element)}">${renderActions(element.actions, context)}</div>`,
  }),
);

function renderElement(element: Json, context: CardContext): Markup {
  const renderer = RENDERERS.get(text(element.type) ?? '');
  if (renderer === undefined) {
    return html`<div class="unknown">${text(element.type) ?? 'element without a type'} is not shown</div>`;
  }
  const body = renderer(element, context);
  return element.isVisible === false
    ? html`<div class="hidden-element" data-element="${text(element.id) ?? ''}">${body}</div>`
    : visible(element, body);
}

function visible(element: Json, body: Markup): Markup {
  const id = text(element.id);
  return id === undefined ? body : html`<div data-element="${id}">${body}</div>`;
}

function renderFact(fact: Json, { mentions }: CardContext): Markup {
  const value = renderTeamsMarkdown(text(fact.value) ?? '', mentions);
  return html`<div><dt>${renderTeamsMarkdown(text(fact.title) ?? '', mentions)}</dt><dd>${value}</dd></div>`;
}

function renderColumn(column: Json, context: CardContext): Markup {
  const width = column.width;
  const weight = typeof width === 'number' ? width : Number(text(width) ?? Number.NaN);
  const size = width === 'auto' ? 'column-auto' : `column-${Math.min(12, Math.max(1, Math.round(weight > 0 ? weight : 1)))}`;
  return html`<div class="column ${size}${style(column)} align-${word(column.verticalContentAlignment, 'top')}">${renderItems(column.items, context)}</div>`;
}

function renderImage(element: Json): Markup {
  const url = text(element.url) ?? '';
  const alt = text(element.altText) ?? '';
  // Teams fetches images from the internet; this page must not, so that only embedded ones are drawn.
  const picture = /^data:image\/(png|jpeg|gif);base64,/.test(url)
    ? html`<img src="${url}" alt="${alt}">`
    : html`<span class="image-link" title="${url}">Image: ${alt === '' ? url : alt}</span>`;
  return html`<div class="image image-${word(element.size, 'auto')}${spacing(element)}">${picture}</div>`;
}

function renderRun(run: unknown): Markup {
  if (typeof run === 'string') {
    return html`${run}`;
  }
  const { text: content, ...looks } = record(run);
  return html`<span class="${textClasses({ ...looks, wrap: true })} run">${text(content) ?? ''}</span>`;
}

function renderActions(actions: unknown, context: CardContext): Markup {
  const buttons = list(actions).map(record);
  return buttons.length === 0
    ? html``
    : html`<div class="actions">${buttons.map((action) => renderAction(action, context))}</div>`;
}

function renderAction(action: Json, context: CardContext): Markup {
  const title = text(action.title) ?? 'Untitled';
  const look = `button button-${word(action.style, 'default')}`;
  const url = text(action.url) ?? '';
  switch (action.type) {
    case 'Action.OpenUrl':
      return /^https?:\/\//.test(url)
        ? html`<a class="${look}" href="${url}" target="_blank" rel="noreferrer">${title}</a>`
        : html`<span class="${look} button-dead" title="not an http(s) address">${title}</span>`;
    case 'Action.ShowCard':
      return html`<details class="show-card"><summary class="${look}">${title}</summary>${renderItems(record(action.card).body, context)}${renderActions(record(action.card).actions, context)}</details>`;
    case 'Action.ToggleVisibility':
      return html`<button type="button" class="${look}" data-toggle="${list(action.targetElements).map((target) => `${text(target) ?? text(record(target).elementId) ?? ''} `)}">${title}</button>`;
    default:
      return html`<span class="${look} button-dead" title="needs a bot">${title}</span>`;
  }
}

function textClasses(element: Json): string {
  return (
    [
      'text',
      `size-${word(element.size, 'default')}`,
      `weight-${word(element.weight, 'default')}`,
      `color-${word(element.color, 'default')}`,
      `align-${word(element.horizontalAlignment, 'left')}`,
      element.isSubtle === true ? 'subtle' : '',
      element.wrap === true ? 'wrap' : 'no-wrap',
      element.fontType === 'Monospace' ? 'monospace' : '',
      element.style === 'heading' && element.size === undefined ? 'text-heading' : '',
    ].join(' ') + spacing(element)
  );
}

function spacing(element: Json): string {
  return ` spacing-${word(element.spacing, 'default')}${element.separator === true ? ' separator' : ''}`;
}

function style(element: Json): string {
  return ` style-${word(element.style, 'default')}${element.bleed === true ? ' bleed' : ''}`;
}

/** A keyword of the schema in lower case, safe inside a class attribute. */
function word(value: unknown, fallback: string): string {
  return (
    text(value)
      ?.toLowerCase()
      .replace(/[^a-z]/g, '') || fallback
  );
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
