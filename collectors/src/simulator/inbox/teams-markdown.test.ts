import { describe, expect, it } from 'vitest';
import { renderCard } from './card-html.ts';
import { renderTeamsMarkdown } from './teams-markdown.ts';

describe("Teams' Markdown", () => {
  it.for([
    { text: '**a** *b* _c_', html: '<p><strong>a</strong> <em>b</em> <em>c</em></p>', why: 'bold and italic' },
    {
      text: 'snake_case_name 2*3*4',
      html: '<p>snake_case_name 2<em>3</em>4</p>',
      why: 'an underscore inside a word is plain, a star is not',
    },
    { text: '\\*a\\* \\_b\\_ \\[c\\]', html: '<p>*a* _b_ [c]</p>', why: 'escapes' },
    { text: 'a\nb\n\nc', html: '<p>a b</p><p>c</p>', why: 'one line break is a space, two are a paragraph' },
    { text: '- a\n- **b**', html: '<ul><li>a</li><li><strong>b</strong></li></ul>', why: 'a list' },
    { text: '# a `b`', html: '<p># a `b`</p>', why: 'no headings, no code' },
    {
      text: '[x](https://a.example/?a=1&b="2")',
      html: '<p><a href="https://a.example/?a=1&amp;b=&quot;2&quot;" target="_blank" rel="noreferrer">x</a></p>',
      why: 'a link',
    },
    { text: '[x](javascript:alert(1))', html: '<p>[x](javascript:alert(1))</p>', why: 'a link that is none' },
    { text: '<b>&</b>', html: '<p>&lt;b&gt;&amp;&lt;/b&gt;</p>', why: 'HTML is text' },
    {
      text: '<at>Ana</at> <at>Bo</at>',
      html: '<p><span class="mention">Ana</span> &lt;at&gt;Bo&lt;/at&gt;</p>',
      why: 'declared mentions only',
    },
  ])('$why', ({ text, html }) => {
    expect(renderTeamsMarkdown(text, new Set(['<at>Ana</at>'])).text).toBe(html);
  });
});

describe('a card', () => {
  it.for([
    { content: null, why: 'nothing' },
    { content: 'text', why: 'text' },
    { content: { body: 'x', actions: { a: 1 } }, why: 'wrong types' },
    { content: { body: [{ type: 'constructor' }, { type: 'TextBlock', text: 5, size: '"><script>' }] }, why: 'hostile values' },
    { content: { body: [{ type: 'Image', url: 'javascript:alert(1)', altText: '"><script>' }] }, why: 'a hostile image' },
    {
      content: { actions: [{ type: 'Action.OpenUrl', title: '<script>', url: 'javascript:alert(1)' }] },
      why: 'a hostile button',
    },
  ])('of $why is drawn without script', ({ content }) => {
    const html = renderCard(content).text;
    expect(html).toMatch(/^<div class="card/);
    expect(html).not.toMatch(/<script|href="javascript|src="javascript/);
  });
});
