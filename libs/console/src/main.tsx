import { createRoot } from 'react-dom/client';
import { App } from './app';
import { applyTheme } from './theme/theme';
import './styles/index.css';

applyTheme();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
