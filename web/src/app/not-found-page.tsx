import { Link } from 'react-router';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/view-state.tsx';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty title="There is no such page">
        The link may be from another version of Tila. Go to the <Link to="/">overview</Link>.
      </Empty>
    </Page>
  );
}
