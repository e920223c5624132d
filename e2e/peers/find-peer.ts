/** The program an environment variable names, as a list of one; none, and a word about it, when it is not set. */
export function findPeer(variable: string, what: string): readonly string[] {
  const program = process.env[variable];
  if (program === undefined || program === '') {
    process.stdout.write(`SKIPPED: ${what}; set ${variable} to the program\n`);
    return [];
  }
  return [program];
}
