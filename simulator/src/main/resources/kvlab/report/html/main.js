let memoryMap = null;

async function start() {
  theme.start();
  const contents = document.getElementById('contents');
  for (const section of document.querySelectorAll('section')) {
    const link = element('a', '', section.querySelector('h2').textContent);
    link.href = `#${section.id}`;
    contents.append(link);
  }
  const data = JSON.parse(document.getElementById('data').textContent);
  if (typeof DecompressionStream === 'undefined') {
    document.querySelector('main').prepend(element('p', 'note', 'This browser is too old to draw the charts; the table is complete.'));
    return;
  }
  if (data.kind === 'sweep') {
    startSweep(data);
  } else {
    await startRun(data);
    if (data.maps) {
      memoryMap = new MemoryMap(document.getElementById('map'), data);
      await memoryMap.start();
    }
  }
  view.tell();
  document.documentElement.dataset.ready = 'yes';
}

start();
