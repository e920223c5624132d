import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatProblem, parseYamlFile } from './yaml-file.ts';

const Schema = z.strictObject({ sources: z.array(z.strictObject({ name: z.string(), url: z.url() })) });

describe('parseYamlFile', () => {
  it.for([
    {
      text: 'sources:\n  - name: a\n    url: nonsense\n',
      expected: ['f.yaml:3:10: sources[0].url: Invalid URL'],
      why: 'a wrong value is named with its line and path',
    },
    {
      text: 'sources:\n  - name: 1\n    url: http://a\n  - url: nope\n',
      expected: [
        'f.yaml:2:11: sources[0].name: Invalid input: expected string, received number',
        'f.yaml:4:5: sources[1].name: Invalid input: expected string, received undefined',
        'f.yaml:4:10: sources[1].url: Invalid URL',
      ],
      why: 'all problems come at once; a missing key points at its parent',
    },
    {
      text: 'sources: [',
      expected: ['f.yaml:1:11: Flow sequence in block collection must be sufficiently indented and end with a ]'],
      why: 'broken YAML has a line too',
    },
    {
      text: '',
      expected: ['f.yaml:1:1: sources: Invalid input: expected array, received undefined'],
      why: 'an empty file is an empty object',
    },
  ])('$why', ({ text, expected }) => {
    const parsed = parseYamlFile(text, 'f.yaml', Schema);
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem)).toEqual(expected);
  });

  it('gives the value of a good file', () => {
    expect(parseYamlFile('sources: [{name: a, url: "http://a"}]', 'f.yaml', Schema)).toEqual({
      ok: true,
      value: { sources: [{ name: 'a', url: 'http://a' }] },
    });
  });
});
