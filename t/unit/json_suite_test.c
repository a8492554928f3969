
/*
 * The files of JSONTestSuite as answers: those that are no JSON have no token,
 * those that are have one, when it is put beside what they hold.
 */

#include <dirent.h>

#include "answer.h"


#define FOLDER  "t/data/json-test-suite/test_parsing"
#define FILES   318

/* the longest file, and what is put around it */
#define LONGEST  250001
#define AROUND   64


/* a file that is judged in another way than its letter says, and why */
typedef struct {
    const char  *name;
    const char  *reason;      /* of the file as a body */
    const char  *beside;      /* of the file beside a token; "": a token */
} special_t;


typedef struct {
    const char  *name;
    size_t       len;
    char         data[LONGEST + AROUND];
} file_t;


static const special_t  specials[] = {

    /* refused by another name than bad_json, as a body */
    { "n_single_space.json", "no_token", "bad_json" },
    { "n_structure_no_data.json", "no_token", "bad_json" },
    { "n_structure_angle_bracket_..json", "xml", "bad_json" },
    { "n_structure_100000_opening_arrays.json", "too_large", "too_large" },
    { "n_structure_open_array_object.json", "too_large", "too_large" },

    /* an answer is an object or an array, no other value */
    { "y_string_space.json", "bad_json", "" },
    { "y_structure_lonely_false.json", "bad_json", "" },
    { "y_structure_lonely_int.json", "bad_json", "" },
    { "y_structure_lonely_negative_real.json", "bad_json", "" },
    { "y_structure_lonely_null.json", "bad_json", "" },
    { "y_structure_lonely_string.json", "bad_json", "" },
    { "y_structure_lonely_true.json", "bad_json", "" },
    { "y_structure_string_empty.json", "bad_json", "" },

    /* no member comes twice, at whatever depth */
    { "y_object_duplicated_key.json", "bad_json", "bad_json" },
    { "y_object_duplicated_key_and_value.json", "bad_json", "bad_json" },

    /* no NUL, escaped or not */
    { "y_object_escaped_null_in_key.json", "bad_json", "bad_json" },
    { "y_string_null_escape.json", "bad_json", "bad_json" },

    /* numbers that are next to 0 are 0; all other i_ are refused */
    { "i_number_double_huge_neg_exp.json", "no_token", "" },
    { "i_number_real_underflow.json", "no_token", "" }
};


static file_t    file;
static size_t    counts[3];
static int       used[COUNT(specials)];


static int
is_named(const struct dirent *entry)
{
    return strstr(entry->d_name, ".json") != NULL;
}


static void
read_file(const char *name)
{
    char   path[512];
    FILE  *in;

    (void) snprintf(path, sizeof(path), FOLDER "/%s", name);

    file.name = name;
    file.len = 0;
    in = fopen(path, "r");

    if (in != NULL) {
        file.len = fread(file.data, 1, LONGEST, in);
        CHECK_ROW(!ferror(in) && feof(in) == (file.len < LONGEST), name);
        (void) fclose(in);
    }
}


static const special_t *
special(char letter, const char *name)
{
    size_t                   i;
    static const special_t   usual[] = {
        { "n", "bad_json", "bad_json" },
        { "y", "no_token", "" },
        { "i", "bad_json", "bad_json" }
    };

    for (i = 0; i < COUNT(specials); i++) {
        if (strcmp(specials[i].name, name) == 0) {
            used[i] = 1;
            return &specials[i];
        }
    }

    for (i = 0; usual[i].name[0] != letter; i++) { /* void */ }

    return &usual[i];
}


/* whether an answer is refused for this reason, or has the token: "" */

static int
means(const char *body, size_t len, const char *reason)
{
    int                             ok;
    ngx_http_oauth_token_result_t   result;

    judge(200, body, len, &result);

    ok = strcmp(result.reason, reason) == 0
         && (reason[0] == '\0'
             ? result.outcome == OK && strcmp(result.token, "t") == 0
             : result.outcome == UNUSABLE && result.token == NULL);

    ngx_http_oauth_token_result_free(&result);

    return ok;
}


static void
judge_file(const special_t *want)
{
    char         *body;
    size_t        len;
    const char   *name;

    name = file.name;

    CHECK_ROW(means(file.data, file.len, want->reason), name);

    /* the same as an unknown member, behind the token and before it */

    body = grab(file.len + AROUND);
    len = (size_t) sprintf(body, "{\"access_token\":\"t\",\"x\":");
    memcpy(body + len, file.data, file.len);
    len += file.len;
    body[len++] = '}';

    CHECK_ROW(means(body, len, want->beside), name);

    len = (size_t) sprintf(body, "{\"x\":");
    memcpy(body + len, file.data, file.len);
    len += file.len;
    len += (size_t) sprintf(body + len, ",\"access_token\":\"t\"}");

    CHECK_ROW(means(body, len, want->beside), name);

    free(body);
}


static void
test_letter(char letter, const char *claim)
{
    int              i, n;
    struct dirent  **entries;

    n = scandir(FOLDER, &entries, is_named, alphasort);

    for (i = 0; i < n; i++) {

        if (entries[i]->d_name[0] == letter) {
            read_file(entries[i]->d_name);
            judge_file(special(letter, file.name));
            counts[letter == 'n' ? 0 : letter == 'y' ? 1 : 2]++;
        }

        free(entries[i]);
    }

    if (n > 0) {
        free(entries);
    }

    CHECK_ROWS(claim);
}


int
main(void)
{
    size_t  i;

    test_letter('n', "[B17] what is no JSON is refused, as an answer and in one");
    test_letter('y', "[B17] JSON beside a token is read over, but for our rules");
    test_letter('i', "[B17] what readers differ in is refused, but for small "
                     "numbers");

    for (i = 0; i < COUNT(specials); i++) {
        CHECK_ROW(used[i], specials[i].name);
    }

    CHECK_ROWS("the exceptions are files of the suite");
    CHECK(counts[0] == 188 && counts[1] == 95
          && counts[0] + counts[1] + counts[2] == FILES, "all files were read");

    return DONE();
}
