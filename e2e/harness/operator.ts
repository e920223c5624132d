import type { Page } from 'playwright-core';

/** What the operator of the tests chooses when the console asks for a password. */
export const PASSWORD = 'a password of the tests';

/** Opens a one-time link as a person does and gets past the choice of a password. Resolves when the overview is there. */
export async function signInByLink(page: Page, link: string): Promise<void> {
  await page.goto(link);
  const form = page.getByRole('button', { name: 'Set password' });
  await form.waitFor();
  const later = page.getByRole('button', { name: 'Not now' });
  if ((await later.count()) > 0) {
    await later.click();
  } else {
    await page.getByLabel('New password').fill(PASSWORD);
    await form.click();
  }
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}

/** Counts the documents a page loads from now on: following a live view must not need one. */
export function countDocuments(page: Page): () => number {
  let documents = 0;
  page.on('request', (request) => {
    documents += request.isNavigationRequest() && request.frame() === page.mainFrame() ? 1 : 0;
  });
  return () => documents;
}

/** What a page complains about in its console, uncaught errors and dialogs included. */
export function collectComplaints(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`${page.url()} console ${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()} uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`${page.url()} dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return complaints;
}

/** A request with the page's session. Rejects on any other status than 2xx. */
export async function ask<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(new URL(path, page.url()).href);
  if (!answer.ok()) {
    throw new Error(`GET ${path}: ${answer.status()} ${await answer.text()}`);
  }
  return (await answer.json()) as T; // the caller names the shape the route is documented to have
}
