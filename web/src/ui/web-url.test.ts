import { expect, it } from 'vitest';
import { webUrl } from './web-url.ts';

it.for([
  { text: 'https://runbooks.example/x', url: 'https://runbooks.example/x', why: 'https is a link' },
  { text: 'http://wiki/x', url: 'http://wiki/x', why: 'http is a link' },
  { text: 'javascript:alert(1)', url: null, why: 'a script is not' },
  { text: ' JaVaScRiPt:alert(1)', url: null, why: 'however it is written' },
  { text: 'data:text/html,<script>', url: null, why: 'nor is data' },
  { text: 'runbooks/x.md', url: null, why: 'a relative path points nowhere' },
  { text: undefined, url: null, why: 'nothing is nothing' },
])('$why', ({ text, url }) => {
  expect(webUrl(text)).toBe(url);
});
