import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;

/** Runbooks, `NAME.md` in the first of the folders that has it. Names that could leave a folder do not exist. */
export function runbookFolders(folders: readonly string[]): { read(name: string): Promise<string | undefined> } {
  return {
    async read(name) {
      if (!NAME.test(name)) {
        return undefined;
      }
      for (const folder of folders) {
        const text = await readFile(join(folder, `${name}.md`), 'utf8').catch(() => undefined);
        if (text !== undefined) {
          return text;
        }
      }
      return undefined;
    },
  };
}
