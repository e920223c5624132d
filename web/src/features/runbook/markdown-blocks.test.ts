import { describe, expect, it } from 'vitest';
import { markdownBlocks } from './markdown-blocks.ts';

describe('markdownBlocks', () => {
  it.for([
    { text: '# Title', blocks: [{ kind: 'heading', level: 1, text: 'Title' }], why: 'a heading' },
    {
      text: 'one\ntwo\n\nthree',
      blocks: [
        { kind: 'paragraph', text: 'one two' },
        { kind: 'paragraph', text: 'three' },
      ],
      why: 'paragraphs end at an empty line',
    },
    {
      text: '- a\n  more\n- b',
      blocks: [{ kind: 'list', ordered: false, items: ['a more', 'b'] }],
      why: 'an indented line belongs to its item',
    },
    { text: '1. a\n2. b', blocks: [{ kind: 'list', ordered: true, items: ['a', 'b'] }], why: 'numbers make an ordered list' },
    {
      text: '```sh\nrm -rf\n# no heading\n```\nafter',
      blocks: [
        { kind: 'code', text: 'rm -rf\n# no heading' },
        { kind: 'paragraph', text: 'after' },
      ],
      why: 'nothing is read inside a fence',
    },
    { text: '```\nopen', blocks: [{ kind: 'code', text: 'open' }], why: 'a fence that never closes ends with the text' },
    {
      text: 'why:\n- a',
      blocks: [
        { kind: 'paragraph', text: 'why:' },
        { kind: 'list', ordered: false, items: ['a'] },
      ],
      why: 'a list needs no empty line before it',
    },
    { text: '<script>', blocks: [{ kind: 'paragraph', text: '<script>' }], why: 'markup is text' },
    { text: '', blocks: [], why: 'nothing is nothing' },
  ])('$why', ({ text, blocks }) => {
    expect(markdownBlocks(text)).toEqual(blocks);
  });
});
