/*
** likeness.c - how alike two names are. See likeness.h.
**
** Whoever changes what a normal or a rough form is (the tables here and in
** decompose.inc) raises LAYOUT in kinds.c, so that stores index names anew.
*/
#include "likeness.h"

#include <stdlib.h>
#include <string.h>

#include "fold.h"

/* A character becomes up to four others; absent ones are 0. */
typedef struct Decomposition {
  uint16_t from;
  uint16_t to[4];
} Decomposition;

#include "decompose.inc"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* ------------------------------------------------------------- characters */

typedef struct Range {
  uint32_t first, last;
} Range;

static bool is_within(const Range *ranges, int count, uint32_t code) {
  for (int i = 0; i < count && code >= ranges[i].first; i++)
    if (code <= ranges[i].last)
      return true;
  return false;
}

/* What stands between words, in order; ASCII is told by its letters. */
static const Range separators[] = {
    {0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9},   {0x00BB, 0x00BF},
    {0x00D7, 0x00D7}, {0x00F7, 0x00F7}, {0x02C2, 0x02DF},   {0x0387, 0x0387},
    {0x055A, 0x055F}, {0x0589, 0x058F}, {0x05BE, 0x05BE},   {0x05C0, 0x05C0},
    {0x05C3, 0x05C3}, {0x05F3, 0x05F4}, {0x0600, 0x060F},   {0x061B, 0x061F},
    {0x066A, 0x066D}, {0x06D4, 0x06D4}, {0x0964, 0x0965},   {0x0E3F, 0x0E3F},
    {0x1680, 0x1680}, {0x2000, 0x206F}, {0x20A0, 0x20CF},   {0x2100, 0x2BFF},
    {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020},   {0x3030, 0x3030},
    {0x303D, 0x303D}, {0x30A0, 0x30A0}, {0x30FB, 0x30FB},   {0xD800, 0xF8FF},
    {0xFE10, 0xFE6F}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF},
};

/* What is left out of a word: apostrophes, the hyphen and the joiners that
** are not seen, variation selectors. */
static const Range silent[] = {
    {0x0027, 0x0027}, {0x0060, 0x0060}, {0x00AD, 0x00AD}, {0x00B4, 0x00B4},
    {0x02B9, 0x02C1}, {0x02EE, 0x02EE}, {0x0640, 0x0640}, {0x200B, 0x200F},
    {0x2018, 0x201B}, {0x202A, 0x202E}, {0x2032, 0x2035}, {0x2060, 0x2064},
    {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFF07, 0xFF07},
};

/* What is written without spaces, or with few: kana, ideographs, Hangul. */
static const Range paired[] = {
    {0x3005, 0x3007}, {0x3041, 0x309F}, {0x30A1, 0x30FF},
    {0x31F0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},
    {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF},
};

static bool is_letter(uint32_t code) {
  if (code < 0x80)
    return (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9');
  return !is_within(separators, COUNT(separators), code);
}

static bool is_paired(uint32_t code) {
  return code >= 0x3005 && is_within(paired, COUNT(paired), code);
}

static bool is_accent(uint32_t code) {
  int low = 0, high = COUNT(accents);
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (code > accents[middle][1])
      low = middle + 1;
    else if (code < accents[middle][0])
      high = middle;
    else
      return true;
  }
  return false;
}

/* Letters as Latin ones: Latin letters that decompose into nothing, and
** Cyrillic and Greek, in order. */
static const struct {
  uint16_t from;
  char to[5];
} latin[] = {
    {0x00E6, "ae"}, {0x00F0, "d"},  {0x00F8, "o"},   {0x00FE, "th"},
    {0x0111, "d"},  {0x0127, "h"},  {0x0131, "i"},   {0x0138, "k"},
    {0x014B, "ng"}, {0x0153, "oe"}, {0x0167, "t"},   {0x0142, "l"},
    {0x0192, "f"},  {0x0259, "a"},  {0x03B1, "a"},   {0x03B2, "b"},
    {0x03B3, "g"},  {0x03B4, "d"},  {0x03B5, "e"},   {0x03B6, "z"},
    {0x03B7, "i"},  {0x03B8, "th"}, {0x03B9, "i"},   {0x03BA, "k"},
    {0x03BB, "l"},  {0x03BC, "m"},  {0x03BD, "n"},   {0x03BE, "x"},
    {0x03BF, "o"},  {0x03C0, "p"},  {0x03C1, "r"},   {0x03C3, "s"},
    {0x03C4, "t"},  {0x03C5, "y"},  {0x03C6, "f"},   {0x03C7, "ch"},
    {0x03C8, "ps"}, {0x03C9, "o"},  {0x0430, "a"},   {0x0431, "b"},
    {0x0432, "v"},  {0x0433, "g"},  {0x0434, "d"},   {0x0435, "e"},
    {0x0436, "zh"}, {0x0437, "z"},  {0x0438, "i"},   {0x043A, "k"},
    {0x043B, "l"},  {0x043C, "m"},  {0x043D, "n"},   {0x043E, "o"},
    {0x043F, "p"},  {0x0440, "r"},  {0x0441, "s"},   {0x0442, "t"},
    {0x0443, "u"},  {0x0444, "f"},  {0x0445, "kh"},  {0x0446, "ts"},
    {0x0447, "ch"}, {0x0448, "sh"}, {0x0449, "sch"}, {0x044A, ""},
    {0x044B, "y"},  {0x044C, ""},   {0x044D, "e"},   {0x044E, "yu"},
    {0x044F, "ya"}, {0x0452, "dj"}, {0x0454, "ie"},  {0x0455, "dz"},
    {0x0456, "i"},  {0x0458, "j"},  {0x0459, "lj"},  {0x045A, "nj"},
    {0x045B, "c"},  {0x045F, "dz"}, {0x0463, "e"},   {0x0491, "g"},
    {0x0493, "g"},  {0x049B, "k"},  {0x04A3, "n"},   {0x04AF, "u"},
    {0x04B1, "u"},  {0x04BB, "h"},  {0x04CF, ""},    {0x04D9, "a"},
    {0x04E9, "o"},
};

static const char *latin_of(uint32_t code) {
  if (code >= 0x00E6 && code <= 0x04E9)
    for (int i = 0; i < COUNT(latin); i++)
      if (latin[i].from == code)
        return latin[i].to;
  return NULL;
}

static const Decomposition *decomposition_of(uint32_t code) {
  int low = 0, high = COUNT(decompositions);
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (code > decompositions[middle].from)
      low = middle + 1;
    else if (code < decompositions[middle].from)
      high = middle;
    else
      return &decompositions[middle];
  }
  return NULL;
}

/* ------------------------------------------------------------------- reading
 */

enum { RAW = 1600, PLENTY = 4 * DU_LIKE_WORDS, SPACE = ' ' };

/* The characters of a name on the way to letters, dots and spaces. */
typedef struct Raw {
  int count;
  uint32_t codes[RAW];
} Raw;

static void add(Raw *raw, uint32_t code) {
  if (raw->count < RAW)
    raw->codes[raw->count++] = code;
}

/* Adds a letter. Those of Hangul become syllables, by the arithmetic of the
** Unicode Standard, section 3.12, so that it does not matter whether a file
** keeps them apart. */
static void add_letter(Raw *raw, uint32_t code) {
  uint32_t *last = raw->count > 0 ? &raw->codes[raw->count - 1] : NULL;
  if (last != NULL && *last >= 0x1100 && *last <= 0x1112 && code >= 0x1161 &&
      code <= 0x1175)
    *last = 0xAC00 + (*last - 0x1100) * 588 + (code - 0x1161) * 28;
  else if (last != NULL && *last >= 0xAC00 && *last <= 0xD7A3 &&
           (*last - 0xAC00) % 28 == 0 && code >= 0x11A8 && code <= 0x11C2)
    *last += code - 0x11A7;
  else
    add(raw, code == '.' || is_letter(code) ? code : SPACE);
}

static void add_plain(Raw *raw, uint32_t code) {
  const char *letters = latin_of(code);
  if (letters != NULL)
    for (; *letters != '\0'; letters++)
      add(raw, (unsigned char)*letters);
  else
    add_letter(raw, code);
}

static void add_character(Raw *raw, uint32_t code) {
  const Decomposition *parts;
  if (code < 0x80 && code != '\'' && code != '`')
    add_letter(raw, code);
  else if (is_within(silent, COUNT(silent), code) || is_accent(code))
    return;
  else if ((parts = decomposition_of(code)) == NULL)
    add_plain(raw, code);
  else
    for (int i = 0; i < 4 && parts->to[i] != 0; i++)
      add_plain(raw, parts->to[i]);
}

/* Case folds a character that is not ASCII, and takes it apart. */
static void add_folded(Raw *raw, const char *text, size_t length) {
  unsigned char folded[4 * DU_FOLD_GROWTH];
  size_t i = 0;
  length = du_fold(text, length, (char *)folded, sizeof folded);
  while (i < length) {
    uint32_t code;
    size_t step = du_utf8_decode(folded + i, length - i, &code);
    add_character(raw, step > 0 ? code : SPACE);
    i += step > 0 ? step : 1;
  }
}

static void read_characters(const char *text, size_t length, Raw *raw) {
  size_t i = 0;
  if (length > DU_LIKE_BYTES)
    length = DU_LIKE_BYTES;
  raw->count = 0;
  while (i < length) {
    uint32_t code;
    size_t step =
        du_utf8_decode((const unsigned char *)text + i, length - i, &code);
    if (step == 0)
      add(raw, SPACE);
    else if (step > 1)
      add_folded(raw, text + i, step);
    else
      add_character(raw, code >= 'A' && code <= 'Z' ? code + 32 : code);
    i += step > 0 ? step : 1;
  }
}

static uint32_t raw_at(const Raw *raw, int i) {
  return i >= 0 && i < raw->count ? raw->codes[i] : SPACE;
}

/* "s.a." becomes "sa ": a dot between two single letters goes. */
static void join_initials(Raw *raw) {
  int kept = 0;
  for (int i = 0; i < raw->count; i++) {
    if (raw->codes[i] == '.' && is_letter(raw_at(raw, i - 1)) &&
        !is_letter(raw_at(raw, i - 2)) && is_letter(raw_at(raw, i + 1)) &&
        !is_letter(raw_at(raw, i + 2)))
      raw->codes[i] = 0; /* neither letter nor space */
  }
  for (int i = 0; i < raw->count; i++)
    if (raw->codes[i] != 0)
      raw->codes[kept++] = raw->codes[i] == '.' ? SPACE : raw->codes[i];
  raw->count = kept;
}

/* --------------------------------------------------------------- legal forms
 */

#define ON(letter) [(letter) - 'a']

/* Words left out wherever they stand. */
static const char *const forms[26][12] = {
    ON('a') = {"and", "anonima", "aps", "asa"},
    ON('b') = {"bhd"},
    ON('c') = {"cjsc", "co", "coltd", "company", "corp", "corporation", "cv"},
    ON('d') = {"dmcc", "doo"},
    ON('e') = {"eood", "eurl"},
    ON('f') = {"fzco", "fze"},
    ON('g') = {"gbr", "gesmbh", "gmbh"},
    ON('i') = {"inc", "incorporated"},
    ON('j') = {"jsc"},
    ON('k') = {"kft", "kgaa", "kk"},
    ON('l') = {"limited", "llc", "llp", "ltd", "ltda"},
    ON('m') = {"mbh"},
    ON('n') = {"nyrt"},
    ON('o') = {"oao", "obshchestvo", "of", "ohg", "ojsc", "ood", "ooo", "oyj"},
    ON('p') = {"pao", "pjsc", "plc", "pte", "pty", "pvt"},
    ON('s') = {"saoc", "saog", "sarl", "sas", "sdn", "spzoo", "srl", "sro",
               "sti"},
    ON('t') = {"tbk", "the", "tov"},
    ON('u') = {"uab"},
    ON('w') = {"wll"},
    ON('z') = {"zao", "zrt"},
};

/* Words left out at the end of a name, and at its start: as parts of a name
** they may mean something. */
static const char *const edges[] = {
    "ab", "ad", "ag", "ao", "as", "bv", "ca", "dd", "ek",  "ev",  "gk",  "kg",
    "lp", "nv", "ou", "oy", "pt", "sa", "se", "sl", "sia", "slu", "spa", NULL,
};

/* Several words, left out wherever they stand; longer ones first. */
static const char *const phrases[] = {
    "obschestvo s ogranichennoi otvetstvennostyu",
    "obshchestvo s ogranichennoy otvetstvennostyu",
    "obshchestvo s ogranichennoi otvetstvennostyu",
    "gesellschaft mit beschrankter haftung",
    "publichnoe aktsionernoe obschestvo",
    "publichnoe aktsionernoe obshchestvo",
    "zakrytoe aktsionernoe obschestvo",
    "otkrytoe aktsionernoe obschestvo",
    "private joint stock company",
    "public joint stock company",
    "closed joint stock company",
    "open joint stock company",
    "limited liability partnership",
    "limited liability company",
    "public limited company",
    "free zone establishment",
    "free zone company",
    "aktsionernoe obshchestvo",
    "aktsionernoye obshchestvo",
    "aktsionernogo obshchestva",
    "aktsionernoe obschestvo",
    "joint stock company",
    "limited partnership",
    "kabushiki kaisha",
    "sociedad anonima",
    "sociedad limitada",
    "societe anonyme",
    "limited sirketi",
    "anonim sirketi",
    "sp z oo",
    "sp z o o",
    "s r o",
    "s r l",
    "d o o",
    "l l c",
    "fz llc",
    "a s",
    "s a",
    "k k",
};

/* Forms that are written without a space before or after the name, and "(주)"
** which is a word of its own; longer ones first. */
static const char *const affixes[] = {
    "股份有限责任公司", "股份有限公司", "有限责任公司", "有限責任公司",
    "有限公司",         "有限会社",     "株式会社",     "株式會社",
    "合同会社",         "주식회사",     "유한회사",     "합자회사",
};
static const char *const symbols[] = {"주", "유", "株", "有"};

/* The words of a name while some are still left out. */
typedef struct Word {
  const uint32_t *letters;
  int length;
} Word;

typedef struct Words {
  int count;
  Word list[PLENTY];
} Words;

static void split(const Raw *raw, Words *words) {
  bool inside = false;
  words->count = 0;
  for (int i = 0; i < raw->count; i++) {
    bool letter = raw->codes[i] != SPACE;
    if (letter && inside &&
        is_paired(raw->codes[i]) != is_paired(raw->codes[i - 1]))
      inside = false; /* "华为Huawei" */
    if (letter && !inside && words->count == PLENTY)
      return;
    if (letter && !inside) {
      words->list[words->count].letters = &raw->codes[i];
      words->list[words->count++].length = 0;
    }
    if (letter)
      words->list[words->count - 1].length++;
    inside = letter;
  }
}

/* Is the word what the ASCII text says, up to its end or a space? */
static bool says(const Word *word, const char *text) {
  for (int i = 0; i < word->length; i++)
    if (word->letters[i] != (unsigned char)text[i])
      return false; /* so no zero is passed */
  return text[word->length] == '\0' || text[word->length] == ' ';
}

/* Is the word in the list, which ends with NULL? */
static bool is_among(const Word *word, const char *const *list) {
  for (; *list != NULL; list++)
    if (says(word, *list))
      return true;
  return false;
}

static bool is_form(const Word *word) {
  return word->length > 1 && word->letters[0] >= 'a' &&
         word->letters[0] <= 'z' &&
         is_among(word, forms[word->letters[0] - 'a']);
}

/* How many words from `first` on are those of the phrase: all of its, or 0. */
static int spans(const Words *words, int first, const char *phrase) {
  int count = 0;
  while (phrase != NULL) {
    if (first + count == words->count ||
        !says(&words->list[first + count], phrase))
      return 0;
    count++;
    phrase = strchr(phrase, ' ');
    if (phrase != NULL)
      phrase++;
  }
  return count;
}

static int phrase_at(const Words *words, int first) {
  const Word *word = &words->list[first];
  for (int i = 0; i < COUNT(phrases); i++)
    if ((unsigned char)phrases[i][0] == word->letters[0]) {
      int count = spans(words, first, phrases[i]);
      if (count > 0)
        return count;
    }
  return 0;
}

/* Takes a form off the ends of a word; false where nothing is left. */
static bool strip_affixes(Word *word) {
  Raw form;
  if (word->letters[0] < 0x1100)
    return true;
  for (int i = 0; i < COUNT(symbols) + COUNT(affixes); i++) {
    bool whole = i < COUNT(symbols);
    const char *text = whole ? symbols[i] : affixes[i - COUNT(symbols)];
    size_t bytes;
    read_characters(text, strlen(text), &form);
    bytes = (size_t)form.count * sizeof *form.codes;
    if (form.count > word->length || (whole && form.count < word->length))
      continue;
    if (memcmp(word->letters, form.codes, bytes) == 0) {
      word->letters += form.count;
      word->length -= form.count;
    } else if (memcmp(word->letters + word->length - form.count, form.codes,
                      bytes) == 0) {
      word->length -= form.count;
    }
    if (word->length == 0)
      return false;
  }
  return true;
}

static void leave_out_forms(Words *words) {
  int kept = 0;
  for (int i = 0; i < words->count;) {
    int count = phrase_at(words, i);
    if (count == 0 && is_form(&words->list[i]))
      count = 1;
    if (count == 0 && strip_affixes(&words->list[i]))
      words->list[kept++] = words->list[i];
    i += count > 0 ? count : 1;
  }
  words->count = kept;
  while (words->count > 1 && is_among(&words->list[words->count - 1], edges))
    words->count--;
  while (words->count > 1 && is_among(&words->list[0], edges))
    memmove(words->list, words->list + 1,
            (size_t)--words->count * sizeof *words->list);
}

/* -------------------------------------------------------------- rough forms */

/*
** What one language's transliteration writes in one way and another's in
** another becomes the same: the first that fits, from left to right. Doubled
** letters become single ones and a final h after a vowel goes, so that
** "Muhammad" and "Mohamed", "Yuri" and "Iouri", "Kadhafi" and "Qaddafi",
** "Tsarev" and "Czarew" are the same.
*/
typedef struct Rule {
  char from[5], to[3];
} Rule;

static const Rule roughly[26][8] = {
    ON('a') = {{"ae", "a"}},
    ON('c') = {{"ch", "c"},
               {"cz", "c"},
               {"ck", "k"},
               {"ce", "ca"},
               {"ci", "ci"},
               {"cy", "ci"},
               {"c", "k"}},
    ON('d') = {{"dzh", "i"}, {"dh", "d"}, {"dj", "i"}},
    ON('e') = {{"ee", "i"}, {"e", "a"}},
    ON('g') = {{"gh", "g"}},
    ON('i') = {{"ie", "i"}},
    ON('j') = {{"j", "i"}},
    ON('k') = {{"kh", "h"}},
    ON('o') = {{"ou", "u"}, {"oo", "u"}, {"oe", "u"}, {"o", "u"}},
    ON('p') = {{"ph", "f"}},
    ON('q') = {{"q", "k"}},
    ON('s') = {{"shch", "s"}, {"sch", "s"}, {"sh", "s"}, {"sz", "s"}},
    ON('t') =
        {{"tsch", "c"}, {"tch", "c"}, {"th", "t"}, {"ts", "c"}, {"tz", "c"}},
    ON('u') = {{"ue", "u"}},
    ON('w') = {{"w", "v"}},
    ON('x') = {{"x", "ks"}},
    ON('y') = {{"y", "i"}},
    ON('z') = {{"zh", "z"}},
};

static bool begins(const uint32_t *letters, int length, const char *text) {
  int i = 0;
  for (; text[i] != '\0'; i++)
    if (i >= length || letters[i] != (unsigned char)text[i])
      return false;
  return true;
}

static void add_rough(DuLikeName *name, DuLikeWord *word, uint32_t letter) {
  bool doubled = word->roughness > 0 && letter < 0x80 &&
                 name->rough[name->nrough - 1] == letter;
  if (doubled || name->nrough == DU_LIKE_LETTERS)
    return;
  name->rough[name->nrough++] = letter;
  word->roughness++;
}

static bool is_vowel(uint32_t letter) {
  return letter == 'a' || letter == 'i' || letter == 'u';
}

/* Adds the rough form of one letter or of several; returns how many. */
static int add_roughly(DuLikeName *name, DuLikeWord *word,
                       const uint32_t *letters, int left) {
  const Rule *rule =
      letters[0] >= 'a' && letters[0] <= 'z' ? roughly[letters[0] - 'a'] : NULL;
  for (; rule != NULL && rule->from[0] != '\0'; rule++)
    if (begins(letters, left, rule->from)) {
      for (const char *to = rule->to; *to != '\0'; to++)
        add_rough(name, word, (unsigned char)*to);
      return (int)strlen(rule->from);
    }
  add_rough(name, word, letters[0]);
  return 1;
}

static void make_rough(DuLikeName *name, DuLikeWord *word) {
  const uint32_t *letters = name->letters + word->start;
  word->rough = name->nrough;
  word->roughness = 0;
  if (word->exact || word->pair) { /* as it is: no room is needed */
    word->rough = -1;
    word->roughness = word->length;
    return;
  }
  for (int i = 0; i < word->length;)
    i += add_roughly(name, word, letters + i, word->length - i);
  if (word->roughness > 1 && name->rough[name->nrough - 1] == 'h' &&
      is_vowel(name->rough[name->nrough - 2])) {
    name->nrough--;
    word->roughness--;
  }
}

static const uint32_t *rough_of(const DuLikeName *name,
                                const DuLikeWord *word) {
  return word->rough < 0 ? name->letters + word->start
                         : name->rough + word->rough;
}

/* The letters that a word is made of, several of which share a bit. */
static uint32_t mask_of(const uint32_t *letters, int length) {
  uint32_t mask = 0;
  for (int i = 0; i < length; i++)
    mask |= (uint32_t)1 << (letters[i] & 31);
  return mask;
}

/* ------------------------------------------------------------- normal forms */

static bool has_digit(const uint32_t *letters, int length) {
  for (int i = 0; i < length; i++)
    if (letters[i] >= '0' && letters[i] <= '9')
      return true;
  return false;
}

/* Adds a word, or as much of it as there is room for. */
static void add_word(DuLikeName *name, const uint32_t *letters, int length,
                     bool pair) {
  DuLikeWord *word = &name->words[name->nwords];
  if (length > DU_LIKE_LETTERS - name->nletters)
    length = DU_LIKE_LETTERS - name->nletters;
  if (length == 0 || name->nwords == DU_LIKE_WORDS)
    return;
  word->start = name->nletters;
  word->length = length;
  word->pair = pair;
  word->exact = pair || has_digit(letters, length);
  memcpy(name->letters + name->nletters, letters,
         (size_t)length * sizeof *letters);
  name->nletters += length;
  make_rough(name, word);
  if (word->roughness == 0)
    return; /* no room was left */
  word->mask = mask_of(rough_of(name, word), word->roughness);
  name->weight += du_like_weight(word);
  name->nwords++;
}

static void add_words(DuLikeName *name, const Words *words) {
  for (int i = 0; i < words->count; i++) {
    const Word *word = &words->list[i];
    if (!is_paired(word->letters[0]))
      add_word(name, word->letters, word->length, false);
    else if (word->length == 1)
      add_word(name, word->letters, 1, true);
    else
      for (int j = 0; j + 1 < word->length; j++)
        add_word(name, word->letters + j, 2, true);
  }
}

/* All that is no space, as one word: for a name without letters. */
static void read_symbols(const char *text, size_t length, DuLikeName *name) {
  uint32_t codes[DU_LIKE_LETTERS];
  int count = 0;
  for (size_t i = 0; i < length && count < DU_LIKE_LETTERS; i++)
    if ((unsigned char)text[i] > ' ')
      codes[count++] = 0xE000u + (unsigned char)text[i]; /* private use */
  add_word(name, codes, count, false);
  if (name->nwords > 0)
    name->words[0].exact = true;
}

void du_like_read(const char *text, size_t length, DuLikeName *name) {
  Raw raw;
  Words words;
  name->nwords = name->weight = name->nletters = name->nrough = 0;
  read_characters(text, length, &raw);
  join_initials(&raw);
  split(&raw, &words);
  leave_out_forms(&words);
  if (words.count == 0)
    split(&raw, &words);
  add_words(name, &words);
  if (name->nwords == 0)
    read_symbols(text, length, name);
}

int du_like_weight(const DuLikeWord *word) {
  return word->pair ? 2 : word->length;
}

/* --------------------------------------------------------------------- grams
 */

/* The letter of a word's rough form, or the end before and after it. */
static uint32_t letter_at(const uint32_t *rough, int length, int i) {
  return i < 0 || i >= length ? '_' : rough[i];
}

static void write_gram(const uint32_t *rough, int length, int first, int count,
                       char gram[DU_LIKE_GRAM]) {
  size_t bytes = 0;
  for (int i = first; i < first + count; i++)
    bytes += du_utf8_encode(letter_at(rough, length, i),
                            (unsigned char *)gram + bytes);
  gram[bytes] = '\0';
}

int du_like_grams(const DuLikeName *name, int number,
                  char (*grams)[DU_LIKE_GRAM], int most) {
  const DuLikeWord *word = &name->words[number];
  const uint32_t *rough = rough_of(name, word);
  int count = 0;
  for (int i = 0; i < (word->pair ? 1 : word->roughness) && count < most; i++) {
    bool known = false;
    if (word->pair)
      write_gram(rough, word->roughness, 0, word->roughness, grams[count]);
    else
      write_gram(rough, word->roughness, i - 1, 3, grams[count]);
    for (int j = 0; j < count && !known; j++)
      known = strcmp(grams[j], grams[count]) == 0;
    count += known ? 0 : 1;
  }
  return count;
}

/* How many letters of a word of that length may be others. */
static int edits_of(int length) {
  return length < 5 ? 0 : length / 4;
}

/* May the word be written as one with the word beside it? */
static bool has_neighbour(const DuLikeName *name, int number) {
  for (int i = number - 1; i <= number + 1; i += 2)
    if (i >= 0 && i < name->nwords && i != number && !name->words[i].pair &&
        name->words[i].roughness > 1)
      return true;
  return false;
}

/* How many grams a name lacks that writes the word in two, or as one with the
** word beside it, in which only one end of it is an end. */
static int lost_by_space(const DuLikeName *name, int number) {
  const DuLikeWord *word = &name->words[number];
  if (word->pair || word->roughness < 2)
    return 0;
  if (word->roughness > 3)
    return 2;
  return has_neighbour(name, number) ? 1 : 0;
}

/* An edit takes at most three grams away, and a letter put in two. */
static int lost_by_edits(int edits, int more) {
  return 2 * more + 3 * (edits - more);
}

int du_like_shared(const DuLikeName *name, int number, int grams) {
  const DuLikeWord *word = &name->words[number];
  int lost = lost_by_space(name, number);
  for (int more = 0; !word->exact && more <= edits_of(word->roughness + more);
       more++) {
    int edited = lost_by_edits(edits_of(word->roughness + more), more);
    lost = edited > lost ? edited : lost;
  }
  return grams > lost ? grams - lost : 0;
}

/* ------------------------------------------------------------------- scores */

/* Thousandths of a pair's likeness. */
enum { SAME = 1000, SPACED = 980, ROUGH = 950 };

typedef struct Pairing {
  const DuLikeName *asked, *name;
  bool used[DU_LIKE_WORDS], taken[DU_LIKE_WORDS]; /* words of either */
  int64_t asked_sum, name_sum;                    /* thousandths by letters */
  bool same; /* so far every pair is of the same words */
} Pairing;

static bool same_letters(const uint32_t *a, int n, const uint32_t *b, int m) {
  return n == m && memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static void pair(Pairing *p, int i, int j, int likeness) {
  p->used[i] = p->taken[j] = true;
  p->asked_sum += (int64_t)likeness * du_like_weight(&p->asked->words[i]);
  p->name_sum += (int64_t)likeness * du_like_weight(&p->name->words[j]);
  p->same = p->same && likeness == SAME;
}

static void pair_same(Pairing *p) {
  for (int i = 0; i < p->asked->nwords; i++) {
    const DuLikeWord *a = &p->asked->words[i];
    for (int j = 0; j < p->name->nwords && !p->used[i]; j++) {
      const DuLikeWord *b = &p->name->words[j];
      if (a->mask == b->mask && !p->taken[j] && a->pair == b->pair &&
          same_letters(p->asked->letters + a->start, a->length,
                       p->name->letters + b->start, b->length))
        pair(p, i, j, SAME);
    }
  }
}

static void pair_rough(Pairing *p) {
  for (int i = 0; i < p->asked->nwords; i++) {
    const DuLikeWord *a = &p->asked->words[i];
    for (int j = 0; j < p->name->nwords && !p->used[i] && !a->exact; j++) {
      const DuLikeWord *b = &p->name->words[j];
      if (a->mask == b->mask && !p->taken[j] && !b->exact &&
          same_letters(rough_of(p->asked, a), a->roughness,
                       rough_of(p->name, b), b->roughness))
        pair(p, i, j, ROUGH);
    }
  }
}

/* Are the two words from i on, written as one, the word `whole`? They are
** compared in their rough forms, by whose grams they are found. */
static bool is_joined(const DuLikeName *parts, int i, const DuLikeName *name,
                      const DuLikeWord *whole) {
  const DuLikeWord *a = &parts->words[i], *b = &parts->words[i + 1];
  int length = a->roughness + b->roughness;
  return (a->mask | b->mask) == whole->mask && !a->pair && !b->pair &&
         !whole->pair && a->roughness > 1 && b->roughness > 1 &&
         length == whole->roughness &&
         same_letters(rough_of(parts, a), a->roughness, rough_of(name, whole),
                      a->roughness) &&
         same_letters(rough_of(parts, b), b->roughness,
                      rough_of(name, whole) + a->roughness, b->roughness);
}

/* One's two neighbouring words for one of the other. The first of two words
** that are used in one pair is left to the second to be counted. */
static void pair_joined(Pairing *p) {
  for (int i = 0; i < p->asked->nwords; i++)
    for (int j = 0; j < p->name->nwords; j++) {
      if (p->used[i] || p->taken[j])
        continue;
      if (i + 1 < p->asked->nwords && !p->used[i + 1] &&
          is_joined(p->asked, i, p->name, &p->name->words[j])) {
        pair(p, i, j, SPACED);
        p->used[i + 1] = true;
        p->asked_sum +=
            (int64_t)SPACED * du_like_weight(&p->asked->words[i + 1]);
      } else if (j + 1 < p->name->nwords && !p->taken[j + 1] &&
                 is_joined(p->name, j, p->asked, &p->asked->words[i])) {
        pair(p, i, j, SPACED);
        p->taken[j + 1] = true;
        p->name_sum += (int64_t)SPACED * du_like_weight(&p->name->words[j + 1]);
      }
    }
}

/* The edits (letters put in, left out or changed) between two rough forms,
** whose lengths differ by no more than `most`; or more than `most`. */
static int edits_between(const uint32_t *a, int n, const uint32_t *b, int m,
                         int most) {
  int row[DU_LIKE_LETTERS + 1];
  while (n > 0 && m > 0 && a[0] == b[0])
    a++, b++, n--, m--;
  while (n > 0 && m > 0 && a[n - 1] == b[m - 1])
    n--, m--;
  row[0] = 0;
  for (int j = 1; j <= m; j++)
    row[j] = j;
  for (int i = 1; i <= n; i++) {
    int diagonal = row[0], least = row[0] = i;
    for (int j = 1; j <= m; j++) {
      int cost = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      if (row[j] + 1 < cost)
        cost = row[j] + 1;
      if (row[j - 1] + 1 < cost)
        cost = row[j - 1] + 1;
      row[j] = cost;
      if (cost < least)
        least = cost;
    }
    if (least > most)
      return most + 1;
  }
  return row[m];
}

/* Has a mask more bits than another and so many? Each needs an edit. */
static bool has_more(uint32_t mask, uint32_t other, int most) {
  mask &= ~other;
  while (mask != 0 && most-- > 0)
    mask &= mask - 1;
  return mask != 0;
}

/* How alike the words are if some letters differ, in thousandths; 0 if too
** many do. */
static int likeness_of(const Pairing *p, int i, int j) {
  const DuLikeWord *a = &p->asked->words[i], *b = &p->name->words[j];
  int longer = a->roughness > b->roughness ? a->roughness : b->roughness;
  int edits, most = edits_of(longer);
  if (a->exact || b->exact || most == 0 ||
      abs(a->roughness - b->roughness) > most ||
      has_more(a->mask, b->mask, most) || has_more(b->mask, a->mask, most))
    return 0;
  edits = edits_between(rough_of(p->asked, a), a->roughness,
                        rough_of(p->name, b), b->roughness, most);
  return edits > most ? 0 : ROUGH - ROUGH * edits / longer;
}

/* The most alike first; of equals, the first in the order of the words. */
static void pair_edited(Pairing *p) {
  for (;;) {
    int best = 0, best_i = 0, best_j = 0;
    for (int i = 0; i < p->asked->nwords; i++)
      for (int j = 0; j < p->name->nwords && !p->used[i]; j++) {
        int likeness = p->taken[j] ? 0 : likeness_of(p, i, j);
        if (likeness > best)
          best = likeness, best_i = i, best_j = j;
      }
    if (best == 0)
      return;
    pair(p, best_i, best_j, best);
  }
}

int du_like_most(const DuLikeName *name, int number, int grams, int shared) {
  const DuLikeWord *word = &name->words[number];
  int length = word->roughness, best = 0;
  int least = du_like_shared(name, number, grams);
  if (shared >= grams || least == 0)
    return SAME;
  if (shared < least)
    return 0;
  if (grams - shared <= lost_by_space(name, number))
    return SPACED;
  for (int more = 0; more <= edits_of(length + more); more++)
    for (int edits = more; edits <= edits_of(length + more); edits++)
      if (grams - shared <= lost_by_edits(edits, more)) {
        int likeness = ROUGH - ROUGH * edits / (length + more);
        best = likeness > best ? likeness : best;
      }
  return best;
}

static bool all_are(const bool *flags, int count) {
  for (int i = 0; i < count; i++)
    if (!flags[i])
      return false;
  return true;
}

int du_like_score(const DuLikeName *asked, const DuLikeName *name) {
  Pairing p;
  int64_t score;
  if (asked->weight == 0 || name->weight == 0)
    return 0;
  memset(&p, 0, sizeof p);
  p.asked = asked;
  p.name = name;
  p.same = true;
  pair_same(&p);
  if (p.same && all_are(p.used, asked->nwords) &&
      all_are(p.taken, name->nwords))
    return 1000;
  pair_rough(&p);
  pair_joined(&p);
  pair_edited(&p);
  score = (3 * p.asked_sum * name->weight + p.name_sum * asked->weight) /
          (4 * (int64_t)asked->weight * name->weight);
  return score < 1000 ? (int)score : 999;
}
