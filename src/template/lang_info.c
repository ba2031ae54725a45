/* The table of languages: see lang_info.h. Those of Django 3.2, and the few that later releases added.
 *
 * Codes are compared as they are written. No translations and no formats: an app has those. */
#include "template/lang_info.h"

#include "base/common.h"

/* clang-format off */
static const ct_lang_info languages[] = {
    { "af", "Afrikaans", "Afrikaans", false },
    { "ar", "Arabic", "العربيّة", true },
    { "ar-dz", "Algerian Arabic", "العربية الجزائرية", true },
    { "ast", "Asturian", "asturianu", false },
    { "az", "Azerbaijani", "Azərbaycanca", true },
    { "be", "Belarusian", "беларуская", false },
    { "bg", "Bulgarian", "български", false },
    { "bn", "Bengali", "বাংলা", false },
    { "br", "Breton", "brezhoneg", false },
    { "bs", "Bosnian", "bosanski", false },
    { "ca", "Catalan", "català", false },
    { "ckb", "Central Kurdish (Sorani)", "کوردی", true },
    { "cs", "Czech", "česky", false },
    { "cy", "Welsh", "Cymraeg", false },
    { "da", "Danish", "dansk", false },
    { "de", "German", "Deutsch", false },
    { "dsb", "Lower Sorbian", "dolnoserbski", false },
    { "el", "Greek", "Ελληνικά", false },
    { "en", "English", "English", false },
    { "en-au", "Australian English", "Australian English", false },
    { "en-gb", "British English", "British English", false },
    { "eo", "Esperanto", "Esperanto", false },
    { "es", "Spanish", "español", false },
    { "es-ar", "Argentinian Spanish", "español de Argentina", false },
    { "es-co", "Colombian Spanish", "español de Colombia", false },
    { "es-mx", "Mexican Spanish", "español de Mexico", false },
    { "es-ni", "Nicaraguan Spanish", "español de Nicaragua", false },
    { "es-ve", "Venezuelan Spanish", "español de Venezuela", false },
    { "et", "Estonian", "eesti", false },
    { "eu", "Basque", "Basque", false },
    { "fa", "Persian", "فارسی", true },
    { "fi", "Finnish", "suomi", false },
    { "fr", "French", "français", false },
    { "fy", "Frisian", "frysk", false },
    { "ga", "Irish", "Gaeilge", false },
    { "gd", "Scottish Gaelic", "Gàidhlig", false },
    { "gl", "Galician", "galego", false },
    { "he", "Hebrew", "עברית", true },
    { "hi", "Hindi", "हिंदी", false },
    { "hr", "Croatian", "Hrvatski", false },
    { "hsb", "Upper Sorbian", "hornjoserbsce", false },
    { "hu", "Hungarian", "Magyar", false },
    { "hy", "Armenian", "հայերեն", false },
    { "ia", "Interlingua", "Interlingua", false },
    { "id", "Indonesian", "Bahasa Indonesia", false },
    { "ig", "Igbo", "Asụsụ Ìgbò", false },
    { "io", "Ido", "ido", false },
    { "is", "Icelandic", "Íslenska", false },
    { "it", "Italian", "italiano", false },
    { "ja", "Japanese", "日本語", false },
    { "ka", "Georgian", "ქართული", false },
    { "kab", "Kabyle", "taqbaylit", false },
    { "kk", "Kazakh", "Қазақ", false },
    { "km", "Khmer", "Khmer", false },
    { "kn", "Kannada", "Kannada", false },
    { "ko", "Korean", "한국어", false },
    { "ky", "Kyrgyz", "Кыргызча", false },
    { "lb", "Luxembourgish", "Lëtzebuergesch", false },
    { "lt", "Lithuanian", "Lietuviškai", false },
    { "lv", "Latvian", "latviešu", false },
    { "mk", "Macedonian", "Македонски", false },
    { "ml", "Malayalam", "മലയാളം", false },
    { "mn", "Mongolian", "Mongolian", false },
    { "mr", "Marathi", "मराठी", false },
    { "ms", "Malay", "Bahasa Melayu", false },
    { "my", "Burmese", "မြန်မာဘာသာ", false },
    { "nb", "Norwegian Bokmal", "norsk (bokmål)", false },
    { "ne", "Nepali", "नेपाली", false },
    { "nl", "Dutch", "Nederlands", false },
    { "nn", "Norwegian Nynorsk", "norsk (nynorsk)", false },
    { "no", "Norwegian", "norsk", false },
    { "os", "Ossetic", "Ирон", false },
    { "pa", "Punjabi", "Punjabi", false },
    { "pl", "Polish", "polski", false },
    { "pt", "Portuguese", "Português", false },
    { "pt-br", "Brazilian Portuguese", "Português Brasileiro", false },
    { "ro", "Romanian", "Română", false },
    { "ru", "Russian", "Русский", false },
    { "sk", "Slovak", "Slovensky", false },
    { "sl", "Slovenian", "Slovenščina", false },
    { "sq", "Albanian", "shqip", false },
    { "sr", "Serbian", "српски", false },
    { "sr-latn", "Serbian Latin", "srpski (latinica)", false },
    { "sv", "Swedish", "svenska", false },
    { "sw", "Swahili", "Kiswahili", false },
    { "ta", "Tamil", "தமிழ்", false },
    { "te", "Telugu", "తెలుగు", false },
    { "tg", "Tajik", "тоҷикӣ", false },
    { "th", "Thai", "ภาษาไทย", false },
    { "tk", "Turkmen", "Türkmençe", false },
    { "tr", "Turkish", "Türkçe", false },
    { "tt", "Tatar", "Татарча", false },
    { "udm", "Udmurt", "Удмурт", false },
    { "ug", "Uyghur", "ئۇيغۇرچە", true },
    { "uk", "Ukrainian", "Українська", false },
    { "ur", "Urdu", "اردو", true },
    { "uz", "Uzbek", "oʻzbek tili", false },
    { "vi", "Vietnamese", "Tiếng Việt", false },
    { "zh-hans", "Simplified Chinese", "简体中文", false },
    { "zh-hant", "Traditional Chinese", "繁體中文", false },
};
/* clang-format on */

static const ct_lang_info *find(ct_str code)
{
    for (size_t i = 0; i < CT_COUNT(languages); i++)
        if (ct_str_eq(code, ct_str_of(languages[i].code)))
            return &languages[i];
    return NULL;
}

static ct_str base_of(ct_str code)
{
    const char *hyphen = code.length ? memchr(code.data, '-', code.length) : NULL;
    return hyphen ? (ct_str){ code.data, (size_t)(hyphen - code.data) } : code;
}

/* The countries of Chinese stand for its scripts. */
static ct_str script_of(ct_str code)
{
    static const char *const simplified[] = { "zh-cn", "zh-my", "zh-sg" };
    static const char *const traditional[] = { "zh-hk", "zh-mo", "zh-tw" };
    for (size_t i = 0; i < CT_COUNT(simplified); i++)
        if (ct_str_eq(code, ct_str_of(simplified[i])))
            return CT_STR("zh-hans");
    for (size_t i = 0; i < CT_COUNT(traditional); i++)
        if (ct_str_eq(code, ct_str_of(traditional[i])))
            return CT_STR("zh-hant");
    return code;
}

const ct_lang_info *ct_lang_info_of(ct_str code)
{
    const ct_lang_info *found = find(script_of(code));
    return found ? found : find(base_of(code));
}

/* By the base alone, and not by the table: Django has Azerbaijani from right to left there. */
bool ct_lang_is_bidi(ct_str code)
{
    static const char *const bidi[] = { "ar", "ckb", "fa", "he", "ug", "ur" };
    ct_str base = base_of(code);
    for (size_t i = 0; i < CT_COUNT(bidi); i++)
        if (ct_str_eq(base, ct_str_of(bidi[i])))
            return true;
    return false;
}
