// Shows the operations that contain every word of the search: in their names, texts, bodies or fields.
const field = document.getElementById("search");
const found = document.getElementById("found");
const articles = [...document.querySelectorAll("article")].map((article) => ({
  article,
  link: document.querySelector(`li[data-of="${article.id}"]`),
  words: `${article.id} ${article.textContent}`.toLowerCase(),
}));

function show() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of articles) {
    const fits = words.every((word) => one.words.includes(word));
    one.article.hidden = one.link.hidden = !fits;
    count += fits;
  }
  found.textContent = `${count} operations`;
}

field.addEventListener("input", show);
show();
