// Clicks, drags and keys on the picture become gestures: {place: [x, y]}, {place: [x1, y1, x2, y2]} or
// {stroke: [[x, y], ...]}, in pixels of the original, y down; {excluded: true} with Shift. The server draws what is
// marked; only what is under way is drawn here. Which pen draws is kept here too, since the board is drawn anew.
const board = () => element.querySelector('.board');
let from = null;
let cursor = null;
let pen = 'box';
let stroke = [];

const size = () => [Number(board().dataset.width), Number(board().dataset.height)];
const within = ([x, y]) => [Math.min(Math.max(x, 0), size()[0] - 1), Math.min(Math.max(y, 0), size()[1] - 1)];
const place = (event) => {
  const frame = board().getBoundingClientRect();
  return within([(event.clientX - frame.left) / frame.width * size()[0],
                 (event.clientY - frame.top) / frame.height * size()[1]]);
};
const draw = (one, other) => {
  const rect = board().querySelector('.under-way');
  rect.setAttribute('x', Math.min(one[0], other[0]));
  rect.setAttribute('y', Math.min(one[1], other[1]));
  rect.setAttribute('width', Math.abs(one[0] - other[0]));
  rect.setAttribute('height', Math.abs(one[1] - other[1]));
};
const wide = (one, other) => {
  const shown = board().getBoundingClientRect().width / size()[0];
  return Math.max(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1])) * shown > 5;
};
const finish = (one, other, excluded) => {
  trigger('pointed', wide(one, other) ? {place: [...one, ...other]} : {place: other, excluded});
};

const press = () => element.querySelectorAll('[data-pen]').forEach(
  (button) => button.setAttribute('aria-pressed', String(button.dataset.pen === pen)));
new MutationObserver(press).observe(element, {childList: true, subtree: true});
const scribble = () => board().querySelector('.pen').setAttribute('points', stroke.map((at) => at.join(',')).join(' '));

element.addEventListener('click', (event) => {
  if (event.target.closest('[data-clear]')) trigger('pointed', {clear: true});
  const chosen = event.target.closest('[data-pen]');
  if (chosen) {
    pen = chosen.dataset.pen;
    press();
  }
});
element.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || !event.target.closest('.board')) return;
  event.preventDefault();
  board().focus();
  from = place(event);
  stroke = [from];
});
window.addEventListener('pointermove', (event) => {
  if (!from || !board()) return;
  if (pen === 'box') return draw(from, place(event));
  stroke.push(place(event));
  scribble();
});
window.addEventListener('pointerup', (event) => {
  if (!from || !board()) return;
  const start = from;
  from = null;
  draw([0, 0], [0, 0]);
  const wanders = stroke.some((at) => wide(start, at));
  if (pen === 'scribble' && wanders) trigger('pointed', {stroke: stroke.map((at) => at.map(Math.round))});
  else finish(start, place(event), event.shiftKey);
});
element.addEventListener('keydown', (event) => {
  if (!board() || !event.target.closest('.board')) return;
  const step = Math.max(1, Math.round(Math.min(...size()) / 40));
  const moves = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]};
  cursor = cursor ? within(cursor) : size().map((side) => side / 2);
  if (moves[event.key]) {
    cursor = within([cursor[0] + moves[event.key][0], cursor[1] + moves[event.key][1]]);
    const cross = board().querySelector('.cross');
    cross.setAttribute('cx', cursor[0]);
    cross.setAttribute('cy', cursor[1]);
    cross.classList.add('shown');
    if (from) draw(from, cursor);
  } else if (event.key === 'Enter') {
    const start = from || cursor;
    from = null;
    finish(start, cursor, event.shiftKey);
  } else if (event.key === 'b') {
    from = cursor;
  } else if (event.key === 'Escape') {
    from = null;
    trigger('pointed', {clear: true});
  } else {
    return;
  }
  event.preventDefault();
});
