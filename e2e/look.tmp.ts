import { launchBrowser } from '/work/main/e2e/harness/browser.ts';
const [link, path, out, w='1440', theme='dark'] = process.argv.slice(2);
const b = await launchBrowser(); const c = await b.newContext({viewport:{width:Number(w),height:900},colorScheme:theme as 'dark'});
const p = await c.newPage(); p.on('console', m=>console.log('console', m.type(), m.text())); p.on('pageerror', e=>console.log('pageerror', e.message)); p.on('requestfailed', r=>console.log('failed', r.url(), r.failure()?.errorText)); p.on('response', r=>{ if(r.status()>=400) console.log(r.status(), r.url()) });
await p.goto(link); try { await p.getByRole('button',{name:'Not now'}).click({timeout:8000}); } catch {}
await p.waitForTimeout(2000);
if (path!=='/') { await p.goto(new URL(path, link).href); }
await p.waitForTimeout(3500);
await p.screenshot({path: out}); await b.close();
