//! Names: of people, streets and towns, for a made-up population.
//!
//! Not here: real frequencies; the lists are short and every name in them is as likely as the next.

use std::sync::LazyLock;

/// The names of one culture.
pub(super) struct Culture {
    /// How many people of a hundred.
    pub(super) weight: u32,
    pub(super) women: Vec<&'static str>,
    pub(super) men: Vec<&'static str>,
    pub(super) families: Vec<&'static str>,
}

/// Weight; women; men; families.
const LISTS: &[(u32, &str, &str, &str)] = &[
    (
        34,
        "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley \
         Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Helen Cynthia Amy",
        "James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Mark \
         Donald Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Ronald Jason Edward Jeffrey Ryan",
        "Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Taylor Anderson Thomas Jackson White Harris Martin \
         Thompson Robinson Clark Lewis Walker Hall Allen Young King Wright Hill Green Baker Carter Mitchell Roberts Turner \
         Phillips Campbell Parker Evans Edwards Collins Stewart O'Brien McCarthy Kelly Murphy",
    ),
    (
        20,
        "María Guadalupe Carmen Lucía Sofía Valentina Isabella Camila Daniela Gabriela Alejandra Rosa Elena Ana Paula \
         Beatriz Juana Teresa Verónica Adriana",
        "José Luis Juan Carlos Jorge Miguel Ángel Francisco Antonio Manuel Pedro Rafael Fernando Diego Alejandro Andrés \
         Javier Roberto Eduardo Ricardo",
        "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz Cruz \
         Morales Reyes Gutiérrez Ortiz Ramos Castillo Jiménez Vargas Mendoza Núñez Ibáñez",
    ),
    (
        8,
        "Francisca Beatriz Larissa Fernanda Juliana Camila Mariana Letícia Aline Patrícia Renata Tatiane",
        "João Pedro Felipe Gustavo Thiago Rafael Bruno Leonardo Vinícius Mateus Caio Henrique",
        "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Almeida Nascimento Carvalho Araújo Ribeiro Barbosa",
    ),
    (
        7,
        "Mei Li Xiu Ying Fang Yan Jing Hui Min Na Ling Xia",
        "Wei Jun Lei Ming Hao Jie Bo Feng Peng Tao Chao Yong",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin",
    ),
    (
        7,
        "Priya Ananya Aisha Divya Kavya Lakshmi Meera Neha Pooja Sunita Radha Asha",
        "Arjun Rahul Amit Sanjay Vijay Ravi Rajesh Suresh Vikram Anil Deepak Kiran",
        "Patel Singh Sharma Kumar Gupta Reddy Rao Nair Iyer Mehta Shah Joshi Desai Chopra Banerjee Das",
    ),
    (
        5,
        "Linh Lan Hương Thảo Mai Ngọc Trang Hạnh Phương Thu",
        "Minh Hùng Dũng Tuấn Anh Long Nam Khoa Phúc Quân",
        "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ",
    ),
    (
        5,
        "Fatima Amina Layla Noor Yasmin Mariam Salma Huda Rania Zainab",
        "Mohammed Ahmed Ali Omar Hassan Hussein Khalid Youssef Ibrahim Tariq",
        "Hassan Ali Khan Rahman Haddad Mansour Saleh Nasser Khalil Aziz Farah Al-Sayed",
    ),
    (
        4,
        "Anna Katarzyna Małgorzata Agnieszka Barbara Ewa Krystyna Zofia Joanna Magdalena",
        "Piotr Krzysztof Andrzej Tomasz Paweł Jan Michał Marcin Jakub Łukasz",
        "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski",
    ),
    (
        4,
        "Ursula Monika Petra Sabine Renate Heike Helga Käthe Ingrid Gisela",
        "Hans Klaus Jürgen Wolfgang Dieter Günther Uwe Stefan Matthias Björn",
        "Müller Schmidt Schneider Fischer Weber Wagner Becker Schulz Hoffmann Schäfer Köhler Krüger Voß",
    ),
    (
        3,
        "Ngozi Chioma Amara Adaeze Folake Yetunde Ifeoma Zainab Kemi Blessing",
        "Chinedu Emeka Tunde Segun Ifeanyi Kelechi Babatunde Uche Musa Femi",
        "Okafor Adeyemi Okonkwo Eze Balogun Ibrahim Nwosu Abubakar Ogunleye Obi Adebayo Bello",
    ),
    (
        3,
        "Ayşe Fatma Emine Hatice Zeynep Elif Merve Özlem Şule Gül",
        "Mehmet Mustafa Ahmet Hüseyin Hasan İbrahim Murat Ömer Emre Kaan",
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Arslan Doğan",
    ),
];

/// All of them, split once.
pub(super) static CULTURES: LazyLock<Vec<Culture>> = LazyLock::new(|| {
    let split = |list: &'static str| list.split_whitespace().collect();
    let culture = |&(weight, women, men, families): &(u32, &'static str, &'static str, &'static str)| Culture {
        weight,
        women: split(women),
        men: split(men),
        families: split(families),
    };
    LISTS.iter().map(culture).collect()
});

/// What streets are called.
pub(super) const STREETS: &[&str] = &[
    "Main Street",
    "Oak Avenue",
    "Maple Drive",
    "Park Road",
    "Cedar Lane",
    "Pine Street",
    "Elm Street",
    "Lake View Road",
    "Hill Street",
    "Church Street",
    "Mill Road",
    "Station Road",
    "River Road",
    "Sunset Boulevard",
    "Walnut Street",
    "Spring Street",
];

/// Towns with their postal codes.
pub(super) const TOWNS: &[(&str, &str)] = &[
    ("Riverton", "20110"),
    ("Fairview", "20111"),
    ("Springdale", "20112"),
    ("Lakewood", "20113"),
    ("Ashford", "20114"),
    ("Milton", "20115"),
    ("Georgetown", "20116"),
    ("Clayton", "20117"),
    ("Dover", "20118"),
    ("Hudson", "20119"),
    ("Newport", "20120"),
    ("Oxford", "20121"),
];

/// Kinds of service: SNOMED CT code and display.
pub(super) const SERVICES: &[(&str, &str)] = &[
    ("394814009", "General practice"),
    ("394579002", "Cardiology"),
    ("394582007", "Dermatology"),
    ("394585009", "Obstetrics and gynecology"),
    ("394594003", "Ophthalmology"),
    ("394801008", "Trauma and orthopedics"),
    ("394587001", "Psychiatry"),
    ("394537008", "Pediatric specialty"),
    ("722163006", "Dentistry"),
    ("722138006", "Physiotherapy"),
];

/// Kinds of appointment (HL7 table 0276): code and display.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("ROUTINE", "Routine appointment - default if not valued"),
    ("WALKIN", "A previously unscheduled walk-in visit"),
    ("CHECKUP", "A routine check-up, such as an annual physical"),
    ("FOLLOWUP", "A follow up visit from a previous appointment"),
    ("EMERGENCY", "Emergency appointment"),
];

/// The name in letters that an e-mail address can have.
pub(super) fn plain(name: &str, to: &mut String) {
    for letter in name.chars().flat_map(char::to_lowercase) {
        let plain = match letter {
            'a'..='z' | '0'..='9' => Some(letter),
            'á' | 'à' | 'ã' | 'â' | 'ä' | 'ạ' | 'ả' | 'ầ' | 'ặ' | 'ấ' | 'ă' | 'ą' => Some('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ễ' | 'ę' => Some('e'),
            'í' | 'ì' | 'ï' | 'ı' => Some('i'),
            'ó' | 'ò' | 'õ' | 'ô' | 'ö' | 'ọ' | 'ỗ' | 'ơ' => Some('o'),
            'ú' | 'ù' | 'ü' | 'ũ' | 'ư' => Some('u'),
            'ñ' | 'ń' => Some('n'),
            'ç' | 'ć' => Some('c'),
            'ł' => Some('l'),
            'ś' | 'ş' => Some('s'),
            'ź' | 'ż' => Some('z'),
            'ğ' => Some('g'),
            'đ' => Some('d'),
            'ß' => Some('s'),
            _ => None,
        };
        to.extend(plain);
    }
}
