// The pages work without this. It shows times in the reader's zone, and keeps pages that name a stream up to date.
"use strict";

function showTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!isNaN(at)) {
      time.title = time.dateTime;
      time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
    }
  }
}

// refresh fetches the page again and replaces the parts that differ.
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected) {
    location.reload(); // the session has ended
    return;
  }
  if (!answer.ok) {
    return;
  }
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = now.getElementById(part.id);
    if (fresh) {
      showTimes(fresh);
      if (fresh.innerHTML !== part.innerHTML) {
        part.replaceChildren(...fresh.childNodes);
      }
    }
  }
}

// follow refreshes the page when its stream says that something happened: at once, then at most once a second.
function follow(stream) {
  const live = document.querySelector(".live");
  const say = (text) => { live.hidden = false; live.textContent = text; };
  let waits = false, again = false;
  const changed = async () => {
    if (waits) {
      again = true;
      return;
    }
    waits = true;
    await refresh().catch(() => say("The VTN does not answer; trying again."));
    setTimeout(() => {
      waits = false;
      if (again) {
        again = false;
        changed();
      }
    }, 1000);
  };
  let source, opened = false;
  const open = () => {
    source = new EventSource(stream);
    source.onopen = () => {
      say("Live");
      if (opened) {
        changed(); // what happened while the connection was away
      }
      opened = true;
    };
    source.onmessage = changed;
    for (const kind of ["event", "ven", "registration", "delivery", "opt", "report", "error", "alarm", "gone"]) {
      source.addEventListener(kind, changed);
    }
    source.onerror = () => {
      say("The connection is lost; trying again.");
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(open, 5000);
      }
    };
  };
  open();
}

showTimes(document);
if (document.body.dataset.stream) {
  follow(document.body.dataset.stream);
}
