/* The services that a request finds: all that the server has beside connections. */
#ifndef WEB_SERVICES_H
#define WEB_SERVICES_H

#include "channels.h"
#include "encoding.h"
#include "feed.h"
#include "gate.h"
#include "kept.h"
#include "store.h"
#include "visitors.h"

typedef struct services {
    gate gate;
    store store;
    kept kept;
    feeds *feeds;
    encoders *encoders;
    channels *channels;
    visitors *visitors;
    bool has_tls;
} services;

#endif
